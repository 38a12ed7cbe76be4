"""The words by which mail programs mark a quotation, in the languages that they speak."""

from __future__ import annotations

import re
from collections.abc import Iterable

# ruff: noqa: RUF001 - letters of other alphabets are the point here

WROTE = (
    "wrote", "writes", "said", "schrieb", "schreef", "a écrit", "ha scritto", "escribió", "escreveu", "skrev",
    "napsal", "napsala", "napsal(a)", "napisał", "napisała", "napisał(a)", "kirjoitti", "yazdı", "írta", "a scris",
    "ha escrit", "пишет", "писал", "писала", "написал", "написала", "написал(а)", "写道", "寫道", "작성",
)  # fmt: skip
SEPARATORS = (
    "Original Message", "Forwarded message", "Reply message", "Forwarded by", "Original-Nachricht",
    "Ursprüngliche Nachricht", "Weitergeleitete Nachricht", "Message d'origine", "Message original",
    "Messaggio originale", "Mensaje original", "Mensagem original", "Oorspronkelijk bericht",
    "Oprindelig meddelelse", "Ursprungligt meddelande", "Původní zpráva", "Wiadomość oryginalna",
    "Исходное сообщение", "原始邮件",
)  # fmt: skip
FROM = (
    "From", "Von", "De", "Da", "Van", "Od", "Fra", "Från", "Expéditeur", "Expediteur", "От", "发件人", "差出人",
    "보낸 사람", "보낸사람",
)  # fmt: skip
WHEN = (
    "Sent", "Date", "Gesendet", "Datum", "Envoyé", "Enviado", "Enviado el", "Fecha", "Inviato", "Data", "Verzonden",
    "Sendt", "Skickat", "Odesláno", "Wysłano", "Дата", "Отправлено", "发送时间", "日期", "보낸 날짜",
)  # fmt: skip
TO = (
    "To", "Cc", "Reply-To", "An", "À", "A", "Para", "Aan", "Til", "Till", "Komu", "Do", "Кому", "收件人",
    "받는 사람", "받는사람",
)  # fmt: skip
ABOUT = (
    "Subject", "Betreff", "Objet", "Asunto", "Oggetto", "Onderwerp", "Emne", "Ämne", "Předmět", "Temat", "Assunto",
    "Тема", "主题", "件名", "제목",
)  # fmt: skip
DEVICES = (
    "Get Outlook for", "Von meinem", "Gesendet von", "Envoyé de mon", "Envoyé depuis mon", "Enviado desde mi",
    "Enviado do meu", "Inviato da", "Inviato dal mio", "Verstuurd vanaf mijn", "Verzonden vanaf mijn",
    "Skickat från min", "Sendt fra min",
)  # fmt: skip


def any_of(words: Iterable[str]) -> str:
    """A pattern that matches any of the words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
