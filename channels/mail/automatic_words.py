"""How machines say that they answer by themselves, where no header of theirs does: in the languages of mail programs.

Strangers write what these are matched against: each takes time in proportion to the text.
"""

from __future__ import annotations

import re

from channels.mail.quote_words import any_of

# ruff: noqa: RUF001 - letters of other alphabets are the point here

AUTOMATIC_SUBJECTS = (
    "automatic reply", "automatic response", "auto-reply", "auto reply", "autoreply", "autoresponse", "auto-response",
    "auto response", "automated reply", "automated response", "autoresponder",
    "automatische antwort", "automatische antwoord", "automatisch antwoord", "automatische reactie",
    "automatische rückantwort", "réponse automatique", "reponse automatique", "respuesta automática",
    "respuesta automatica", "resposta automática", "resposta automatica", "risposta automatica",
    "automatiskt svar", "automatisk svar", "autosvar", "automaattinen vastaus", "automatická odpověď",
    "automatická odpoveď", "autoodpowiedź", "automatyczna odpowiedź", "odpowiedź automatyczna", "automatikus válasz",
    "răspuns automat", "automatski odgovor", "otomatik yanıt", "otomatik cevap", "автоответ", "автоматический ответ",
    "автоматична відповідь", "αυτόματη απάντηση", "自动回复", "自動回覆", "自動返信", "自動応答",
    "자동 회신", "자동 응답", "자동회신", "תשובה אוטומטית", "رد تلقائي", "automātiskā atbilde",
    "automatinis atsakymas", "automaatvastus",
)  # fmt: skip
"""What such a subject begins with; what it answers follows."""
AWAY_SUBJECTS = (
    "out of office", "out of the office", "out-of-office", "ooo", "away from my mail", "vacation reply",
    "vacation message", "on vacation", "on holiday", "on annual leave", "on leave", "maternity leave",
    "abwesenheitsnotiz", "abwesenheitsnachricht", "abwesenheit", "nicht im büro", "absence du bureau",
    "absent du bureau", "message d'absence", "notification d'absence", "fuera de la oficina", "ausente de la oficina",
    "fora do escritório", "ausência temporária", "ausente do escritório", "fuori sede", "fuori ufficio",
    "assente dall'ufficio", "afwezig", "afwezigheid", "niet op kantoor", "frånvaro", "frånvarande", "fravær",
    "fraværende", "ikke til stede", "poissa toimistosta", "poissaolo", "mimo kancelář", "nieobecność",
    "poza biurem", "nepřítomnost", "házon kívül", "absent de la birou", "ofis dışında", "нет на работе",
    "отсутствую", "отсутствие на работе", "вне офиса", "外出中", "不在通知", "不在のお知らせ", "休暇中", "부재중",
)  # fmt: skip
"""What the subject of a notice of absence is, all of it or before a colon, a dash or a bracket."""

_RE = r"(?:(?:re|aw|sv|antw|fwd?|tr|wg|odp|vs)\s?(?:\[\d{1,3}\])?\s?:\s{0,3}){0,3}"
AUTOMATIC_SUBJECT = re.compile(rf"\s*{_RE}[\[(<*]{{0,2}}(?:{any_of(AUTOMATIC_SUBJECTS)})(?!\w)", re.IGNORECASE)
AWAY_SUBJECT = re.compile(
    rf"\s*{_RE}[\[(<*]{{0,2}}(?:{any_of(AWAY_SUBJECTS)})"
    r"(?:\s(?:auto-?\s?reply|reply|notification|message|notice|alert))?"
    r"\s*(?:\Z|(?:re|aw|sv|fwd?|wg|tr)\s?:|[:;,\-–—|()\]>*!.~/：])",
    re.IGNORECASE,
)
AWAY_BODY = re.compile(
    r"\bI(?: am|'m|’m| will be| shall be) (?:currently |presently |now )?"
    r"(?:away|out of (?:the |my )?office|on (?:annual |sick |maternity |paternity |parental )?"
    r"(?:leave|vacation|holiday))\b.{0,200}\b(?:until|till|return|back|limited access|contact|from|with)|"
    r"ich bin (?:derzeit |zur ?zeit |momentan )?"
    r"(?:bis|vom|nicht im b[üu]ro|im urlaub|abwesend|außer haus)|"
    r"je (?:suis|serai) (?:actuellement )?(?:absent|en cong|en vacances)|"
    r"(?:estoy|estaré) (?:fuera de la oficina|de vacaciones|ausente)|"
    r"(?:estou|estarei) (?:fora do escrit|de f[ée]rias|ausente)|sono (?:assente|fuori (?:sede|ufficio)|in ferie)|"
    r"ik ben (?:momenteel |op dit moment )?(?:afwezig|niet op kantoor|met vakantie|op vakantie)|"
    r"jag är (?:för närvarande )?(?:borta|på semester|frånvarande|inte på kontoret)|"
    r"jestem (?:obecnie )?(?:na urlopie|nieobecn)|меня не будет|я (?:сейчас )?(?:в отпуске|отсутствую)",
    re.IGNORECASE | re.DOTALL,
)
"""What a notice of absence says at its beginning."""
RECEIVED_BODY = re.compile(
    r"this is an? (?:automated|automatic|auto-?generated) "
    r"(?:reply|response|message|e-?mail|acknowledge?ment|notification)|"
    r"(?:please )?do not reply to this (?:automated |automatic )?(?:e-?mail|message)|"
    r"dies ist eine automatisch(?:e| generierte| erstellte)|ceci est (?:un message|une réponse) automatique|"
    r"este es un (?:mensaje|correo) automático|questo è un messaggio automatico|dit is een automatisch",
    re.IGNORECASE,
)
"""A machine that says so itself."""
CHALLENGE = re.compile(
    r"(?:confirm|verify|prove) (?:that )?"
    r"(?:you(?:'re|’re| are)|your message|you sent|your (?:e-?mail|address|request)).{0,120}"
    r"(?:real (?:person|human)|human|not a (?:spammer|robot|machine)|deliver|whitelist|sender)|"
    r"(?:your|this) (?:message|e-?mail|mail) (?:has been|is being|was|is) (?:held|quarantined|blocked).{0,200}"
    r"(?:confirm|click|reply|verif)|"
    r"(?:spam ?arrest|boxbe|spamlion|mailblocks|tmda|active spam killer|earthlink spam ?blocker|sendio)\b.{0,300}"
    r"(?:confirm|verif|click|approved)|bestätigen sie.{0,80}absender",
    re.IGNORECASE | re.DOTALL,
)
"""A filter that asks us to show that we are people; whoever sends the mail never sees the answer."""
CHALLENGE_SUBJECT = re.compile(
    r"please confirm (?:your|that)|confirm(?:ation)? (?:your|of your|required|request|needed)|verify (?:your|that)|"
    r"sender verification|action required.{0,40}deliver|"
    r"your (?:message|e-?mail).{0,40}(?:held|awaits|waiting|requires)|"
    r"challenge[- ]response|\[?boxbe|spam ?arrest|anti-?spam",
    re.IGNORECASE,
)
READ_SUBJECT = re.compile(
    r"\s*(?:"
    r"read|not read|gelesen|ungelesen|lu|non lu|le[íi]do|no le[íi]do|lido|não lida|letto|non letto|gelezen|läst|"
    r"oläst|lest|ulest|læst|przeczytano|přečteno|прочитано|olvasva|okundu|已读|已讀|開封済み|읽음)\s?[:：]",
    re.IGNORECASE,
)
READ_BODY = re.compile(
    r"was (?:read|opened|displayed|deleted without)|has been (?:read|opened)|"
    r"wurde (?:am .{0,60})?(?:gelesen|ungelesen)|"
    r"a été (?:lu|ouvert|supprimé)|fue le[íi]do|foi lid|è stato letto|is gelezen|lästes|return receipt|read receipt|"
    r"lesebestätigung|empfangsbestätigung|confirmation de lecture|confirmaci[óo]n de lectura",
    re.IGNORECASE,
)
