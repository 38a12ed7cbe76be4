"""The desk: accepts what channels receive, decides, keeps tickets, delivers. It alone imports the other two rooms."""
