"""Words that tell names from other words: given names that people in the United Kingdom commonly bear, with
which a pair of words is likelier a person, and words that are capitalised for other reasons.

Written for Privacy Desk from general knowledge. `AMBIGUOUS` are also common words: alone they are no name.
"""

from __future__ import annotations

_GIVEN = """
aaron abdul abdullah abigail adam adele adrian agnes ahmed aidan aileen aisha alan alasdair albert alex alexander
alexandra alfie alfred ali alice alison alistair allan amanda amelia amina amir amy andre andrea andrew angela
angus anita ann anna anne annie anthony antonio archie arthur ashley audrey ava barbara barry beatrice ben
benjamin bernard beth bethany betty bill billy bob brenda brian bridget bruce bryan callum calum cameron carl
carla carol caroline catherine cath cathy cecilia charles charlie charlotte chloe chris christina christine
christopher claire clara clive colin connor craig cynthia daisy damian dan daniel danielle darren dave david dawn
dean deborah debbie declan denise dennis derek diana diane dominic donald donna doreen dorothy dougal douglas
duncan dylan ed eddie edith edward eileen elaine eleanor elena elizabeth ella ellen ellie elliot elsie emily emma
eric erin ethan euan eve evelyn ewan fatima felicity finlay fiona flora florence frances francis frank fraser fred
freddie frederick freya gareth gary gavin gemma geoff geoffrey george georgia georgina gerald gerard gillian glen
glenn gordon graeme graham greg gregor gwen hamish hannah harriet harry hassan hazel heather helen henry hilary
holly howard hugh ian imogen imran ingrid iona irene iris isaac isabel isabella isla ivan jack jackie jacob
jacqueline jake james jamie jan jane janet janice jason jasmine jean jeff jeffrey jennifer jenny jeremy jess
jessica jill jim jimmy joan joanna joanne joe john johnny jonathan jordan joseph joshua josh joyce judith julia
julian julie june justin karen kate katherine kathleen kathryn katie keith kelly ken kenneth kenny kerry kevin
khalid kieran kim kirsty kyle lara laura lauren lawrence leah leanne lee len leo leonard leslie lewis liam lilian
lily linda lindsay lisa liz logan lorna lorraine louis louise luca lucas lucy luke lynn lynne maggie malcolm mandy
marc marcus margaret maria marie marilyn marion marjorie mark martha martin mary matt matthew maureen max megan
mehmet melanie melissa mia michael michelle mick mike mohamed mohammad mohammed moira molly monica morag muhammad
murdo murray nadia nancy naomi natalie natasha nathan neil nell niall nicholas nick nicola nigel nina noah noor
nora norma norman oliver olivia omar oscar owen pamela pat patricia patrick paul paula pauline penny peter phil
philip phillip phoebe poppy priya rachel raj ralph ravi ray raymond rebecca reuben rhona rhys richard rita rob
robbie robert robin rod roger roisin ronald rory rosa rosalind rose rosemary ross rowan roy ruby rupert russell
ruth ryan sadie sally sam samantha samuel sandra sanjay sara sarah scott sean sebastian shaun sheila shirley shona
siobhan simon sofia sophia sophie stacey stanley stella stephanie stephen steve steven stewart stuart sue susan
suzanne sylvia tariq ted terence teresa terry tess theo theresa thomas tim timothy tina toby tom tommy tony tracey
tracy trevor valerie vanessa vera veronica vicky victor victoria vincent violet vivian walter wendy wilfred will
william willie winifred yasmin yusuf yvonne zainab zara zoe
"""
_AMBIGUOUS = """
art bill daisy dan dawn dean eve frank glen grace guy hazel heather holly iris jack june jan lee mark may max pat
penny poppy ray rob robin rod rose ruby sally scott sue violet victor ross rowan will ed kim len ali noor rosemary
ivan jordan georgia charlotte victoria chloe florence murray stirling
"""
GIVEN: frozenset[str] = frozenset(_GIVEN.split())
AMBIGUOUS: frozenset[str] = frozenset(_AMBIGUOUS.split())

_COMMON = """
a about after again all also am an and any are as at be because been before but by can could data dear did do does
each email even every first for from further get give good had has have he hello her here hi his how however i if
in is it its just kind last let like many may me mobile more most much must my new next no not now of off ok old
on once one only or other our out over own page phone please re regarding second see send she since so some sorry
still subject such telephone tell than thank thanks that the their them then there these they this those though to
today tomorrow under until up us very via was we were what when where whether which while who why will with
without would yes yesterday yet you your yours ni nino iban id vat pin ref dob sms url faq later earlier meanwhile
somebody someone anybody anyone nobody everybody everyone
perhaps maybe unfortunately anyway instead recently currently finally both several although
"""
_THINGS = """
account act address agreement april august authority avenue bank birmingham board britain bristol building
business campus cardiff card centre christmas close college commission commissioner company complaints contract
corporation cookies council county court credit customer department december desk direct direction directive
domain drive east easter edinburgh england english europe european february finance friday gardens gb gdpr glasgow
gmbh government group hall hosting hospital house http https inc information insurance internet invoice ireland
irish january july june kingdom lane law leeds limited liverpool llc llp london ltd manager manchester march
microsoft monday north northern november number october office officer online order park payment place plc policy
privacy protection public purchase reference regulation request report road saturday school science scotland
scottish search section security september server service services site society south square state station street
sunday support system team terms territory thursday transport tuesday uk union united university wales web website
wednesday welsh west windows
"""
COMMON: frozenset[str] = frozenset(_COMMON.split())
"""Words that stand capitalised at the beginning of sentences, and are no part of a name."""
THINGS: frozenset[str] = frozenset(_THINGS.split())
"""Words that are capitalised within sentences and name no person."""
