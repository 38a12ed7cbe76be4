"""The words that the normaliser knows: how people shorten them, and which ones it repairs. Data, no decisions."""

from __future__ import annotations

ABBREVIATIONS = {
    **dict.fromkeys(("u", "ya", "yu", "yuo", "yous", "yall", "yoo", "ewe"), "you"),
    **dict.fromkeys(("ur", "yr", "yor", "yur"), "your"),
    "uve": "you have", "youve": "you have", "ive": "i have", "weve": "we have", "theyve": "they have",
    "im": "i am", "youre": "you are", "theyre": "they are", "hes": "he is", "shes": "she is",
    "r": "are", "c": "see", "b": "be", "n": "and", "y": "why", "k": "ok", "w": "with", "wiv": "with", "wit": "with",
    "wiht": "with", "wid": "with", "wth": "with",
    **dict.fromkeys(("wot", "wat", "wht", "whut", "waht", "wt", "whta"), "what"),
    "wots": "what is", "wats": "what is", "whats": "what is", "whos": "who is", "wheres": "where is",
    "whens": "when is", "hows": "how is", "thats": "that is", "theres": "there is", "its": "it is", "whys": "why is",
    "wers": "where is", "wheress": "where is", "heres": "here is",
    **dict.fromkeys(("hav", "av", "hve", "haev", "ave", "hv"), "have"), "hvnt": "have not",
    **dict.fromkeys(("plz", "pls", "plse", "plse", "pleas", "plese", "pleese", "plees", "pleaz"), "please"),
    **dict.fromkeys(("info", "infos", "informations", "nfo", "inf", "infomation", "infor"), "information"),
    "datas": "data", "dta": "data", "daat": "data", "dat": "that", "dats": "that is", "dis": "this", "da": "the",
    "teh": "the", "te": "the", "hte": "the", "d": "the", "dem": "them", "dey": "they", "ppl": "people",
    "ppls": "people s", "peeps": "people",
    **dict.fromkeys(("abt", "bout", "abot", "abuot", "aboot"), "about"),
    "frm": "from", "form": "form", "fwd": "forward", "b4": "before", "ne": "any", "neone": "anyone",
    "nething": "anything", "nythin": "anything", "anythin": "anything", "everythin": "everything",
    "evrything": "everything", "evry": "every", "evrythin": "everything", "somethin": "something", "sumthing":
    "something", "sum1": "someone", "some1": "someone", "any1": "anyone", "every1": "everyone", "no1": "no one",
    "sumone": "someone", "sum": "some", "thier": "their", "ther": "there", "wher": "where", "wen": "when", "hu": "who",
    "hoo": "who", "bcos": "because", "cos": "because", "cuz": "because", "coz": "because", "tho": "though",
    "thru": "through", "gimme": "give me", "giv": "give", "lemme": "let me", "wanna": "want to", "gonna": "going to",
    "gotta": "got to", "dunno": "do not know", "wud": "would", "cud": "could", "shud": "should", "cn": "can",
    "wil": "will", "wld": "would", "cld": "could", "shld": "should", "tel": "tell", "msg": "message", "msgs": "messages", "txt":
    "text", "txts": "texts", "txting": "texting", "txtin": "texting", "acc": "account", "acct": "account", "ac":
    "account", "accnt": "account", "num": "number", "nr": "number", "addr": "address", "addy": "address",
    "dob": "date of birth", "docs": "documents", "doc": "document", "recs": "records", "corr": "correspondence", "co": "company", "biz": "business",
    "org": "organisation", "mgmt": "management", "cust": "customer", "thx": "thanks", "ty": "thanks", "tks": "thanks",
    "tnx": "thanks", "asap": "as soon as possible", "rly": "really", "bk": "back", "no": "no", "nd": "and", "aint":
    "is not", "hvnt": "have not", "kno": "know", "noe": "know", "knw": "know", "hld": "hold", "cpy": "copy", "spk":
    "speak", "tlk": "talk", "fone": "phone", "fon": "phone", "mob": "mobile", "mktg": "marketing", "2nite": "tonight",
    "2day": "today", "2mrw": "tomorrow", "gr8": "great", "l8r": "later", "m8": "mate", "3rd": "third", "delet": "delete", "remv": "remove", "sendin": "sending",
    "callin": "calling", "emailin": "emailing", "keepin": "keeping", "holdin": "holding", "storin": "storing",
    "askin": "asking", "askd": "asked", "happnin": "happening", "happenin": "happening", "doin": "doing", "doing": "doing",
    "e-mail": "email", "mails": "emails", "dsr": "dsar", "dsars": "dsar", "dpa": "data protection act", "foi":
    "freedom of information", "foia": "freedom of information", "ico": "ico", "art": "article", "sec": "section", "s7": "section 7",
    "addys": "addresses", "wens": "when is", "wich": "which", "bn": "been", "bin": "bin", "lk": "like", "lyk": "like",
    "ov": "of", "tht": "that", "jus": "just", "jst": "just", "nvr": "never", "alot": "a lot", "allof": "all of", "stp": "stop", "rng": "ring",
    "stil": "still", "stll": "still", "fil": "file", "yrs": "years", "mths": "months", "wks": "weeks", "hr": "hr", "dun": "done",
    "wrng": "wrong", "rong": "wrong", "chng": "change", "updt": "update", "snd": "send", "shw": "show", "hw": "how", "mi": "my", "ma": "my", "meh": "me",
    "organization": "organisation", "organizations": "organisations", "behaviour": "behaviour", "detials": "details", "custody": "custody",
}  # fmt: skip
"""What texters write, to what they mean. Values may be several words."""

CONTRACTIONS = {
    "i'm": "i am", "i've": "i have", "i'd": "i would", "i'll": "i will", "you're": "you are", "you've": "you have",
    "you'd": "you would", "you'll": "you will", "u've": "you have", "u're": "you are", "we're": "we are", "we've":
    "we have", "we'd": "we would", "we'll": "we will", "they're": "they are", "they've": "they have", "it's": "it is",
    "that's": "that is", "what's": "what is", "wot's": "what is", "who's": "who is", "where's": "where is", "when's":
    "when is", "how's": "how is", "there's": "there is", "here's": "here is", "why's": "why is", "who've": "who have",
    "what've": "what have", "let's": "let us", "he's": "he is", "she's": "she is", "don't": "do not", "dont": "do not",
    "doesn't": "does not", "doesnt": "does not", "didn't": "did not", "didnt": "did not", "can't": "can not", "cant":
    "can not", "cannot": "can not", "cnt": "can not", "won't": "will not", "wont": "will not", "wouldn't": "would not",
    "wouldnt": "would not", "couldn't": "could not", "couldnt": "could not", "shouldn't": "should not", "shouldnt":
    "should not", "isn't": "is not", "isnt": "is not", "aren't": "are not", "arent": "are not", "wasn't": "was not",
    "wasnt": "was not", "haven't": "have not", "havent": "have not", "hasn't": "has not", "hasnt": "has not", "hadn't":
    "had not", "ain't": "is not", "y'all": "you", "ma'am": "madam", "dnt": "do not", "someone's": "someone s",
    "else's": "else s", "somebody's": "somebody s", "everything's": "everything is", "something's": "something is",
}  # fmt: skip
"""Contractions with and without their apostrophe."""

UNITS = frozenset(
    """second seconds minute minutes hour hours day days week weeks wks month months mths year years yrs times people
    of calls emails letters texts accounts copies pm am st nd rd th or and percent x files invoices racks servers plus""".split()
)
"""What a figure counts: "2 weeks" is not "to weeks"."""

NOT_BEFORE_FIGURE = frozenset(
    "article section part number option no clause chapter about around over nearly almost another last next past these "
    "those the in for plus is".split()
)
"""Words after which a figure is a figure."""

VOCABULARY = tuple(
    """information personal personally details records recordings recording recorded record request requested requests
    requesting access subject account address accurate inaccurate incorrect incorrectly spelling wrong correct
    correction update updated changed changing delete deleted deletion erase erased erasure remove removed removal
    forget forgotten destroy destroyed permanently database computer system systems company please question privacy
    policy protection collect collected collecting provide providing provider supply machine readable format export
    transfer portability article restrict restriction restricted processing process processed freeze complain
    complaint complaining commissioner information formal ombudsman regulator solicitor illegal disgusted rude breach
    breached breaches leaked hacked somebody someone another customer customers invoice unsubscribe subscribe
    marketing newsletter promotional promotions advertising consent withdraw object objection partners partner third
    parties share shared sharing selling sell stop sending emails email emailing texting calling contacting contact
    waiting heard reply replied response answer status progress person human agent advisor representative operator
    manager speak talk talking someone everything anything something stored storing store holding hold holds keeping
    keep receive received cookies encrypted secure safely security recipients photocopy documents correspondence
    transcript transcripts footage personnel employee employment employer password username weather hosting server
    website domain backup restore refund article section gdpr cctv dsar give send copies copy entitled disclosed
    disclose disclosure wiped wipe purge because should would could which where about there their before
    believe daughter husband possible whether telephone number numbers mobile surname birthday misspelt
    misspelled exercise rights right regarding concerning relating possess possession""".split()
)
"""The desk's own words: what a misspelling is repaired to."""

GUARDED = frozenset(
    """answers change changes charged computed connecting containing converting cookie databases daughters dear
    detection discussed ease held holes holy keen keeps operation operators persona personas possessed probability
    proceeded processes promotion proportional pure receives relations removes repeating replacing reporting
    representation restrictions safety seed self sends serves shame spell spend stats step tack tale thee theme three
    transform wife wire wise smell swell dwell hound deal seat heat sear desk ahead owner erases holders corrects able date dates dated late rate gate sent sand sell tell well send lend mend bend seal real shell shelf share
    shard sharp shore shape spare scare stare store score stone stole story storm stock started state states station
    older holder holders hole home hope hose told cold gold fold bold sold hosting hoping posting costing coping copied
    copper copier cope file files filed filing fill filled film filter filters fire five find fine fired field fields
    tile mile smile while write written writing white right light night might sight fight tight weight eight rights
    record recover recovery recorder records require required requires acquired inquire inquiry enquire enquiry process
    progress profess profess access success excess assess assets accept accepted except expect expert exports export
    report reports import support sports spots steps stops stop shop shops drop crop prop top person persons reason
    season lesson parson prison personal personnel personality professional contact contract contracts contacts contain
    content contest context convent consent concert concept concern concerns console consult respond response responses
    responsible account accounts accountant amount discount count country county company companies compare compile
    complete completed comply compliant compliance complain complains compliment complement customs costumer custom
    customise address addressed addresses dressed pressed delete deleting deliver delivery delivered devil detail
    detailed details retail retails retain retained remain remains remained remind reminder remove remote removing
    remover restore restored restrict district destroy destroying destination form from forms former formal normal forma
    format formats formed informed inform information informal human humans humane email emails mailed mail main meal
    detail talk talks talked take taken taking walk tall task tank thank thanks think thing things speak peak speaking
    spoke spoken steak break bread dread broad board breach beach reach teach each preach breath bread agent agents
    agency urgent event events parent parents patent patient manager managers manage managed message messages messaging
    messenger passage package status statue static statics statute states started heard heart hear head herd hard beard
    board wait waited waiting waiter writing whiting wanting reply replies replay relay rely apply applied supply
    supplies simply sample simple ample object objects objective subject subjects project reject inject select elect
    collect collects connect connected connection correct corrected corrections collection collections direct directed
    director update updates upload uploaded uploading dates update wrong wrote wrung strong song long among
    query queries privacy private privately piracy policy police policies polite politics secure secured secret secrets
    section sections sector election action auction option question questions session mission place placed please
    pleased plead pleasure plus release relief sever server servers serve served service services severe several seven
    never ever even hosted hosts host ghost most post posted cost costs lost list lists listed last least past part
    parts party parties partner partners port ports sort short shirt third their there these those this that than then
    them they where were wear here which witch switch watch whatever whoever someone something somewhere sometime some
    same come comes done none gone bone tone cone zone phone phones prone stone freeze frozen breeze free fees feed feel
    fell fall fail failed failing sailing selling spelling smelling telling calling falling filling killing milling
    billing bills billed bull call called calls caller cell sells cells cookies cooking looking booking breaking keeping
    keeper keep kept deep jeep peep sleep weep steep leak leaked leaks lease peaked locked hacked packed backed packet
    racket rack racks back hack backs backup setup lookup copy copying topic tropic domain domains remain main
    website websites webmail weather whether feather leather father mother other another brother bother rather gather
    number numbers member members remember named name names game same address mobile movie model module surname
    username user users used using password passwords passport passed paste passes pass person believe belief relieve
    receive received receiver deceive receipt receipts recipe recent recently resent present percent represent
    represents processing processor professor protection production projection protecting protected protocol product
    products productive refund refunds refine refuse refused reuse around found fund round sound solicitor solicitors
    visitor editor rude ride rule rules role roll rode code mode node wide wipe wiped wine swipe pipe type types ripe
    merge large purge surge urge marketing market markets parking marking making taking talking asking basking banking
    thinking drinking texting testing tasting text texts test tests next nest best rest west sexting exporting posting
    possess possible possibly impossible assess possession position permission commission commissioner admission
    agree agreed agreement disagree share shares shared sharing staring starring storing sorting scoring string strong
    storage stored stores restored scored ignored sorted started stated status export expert expect person consents
    stock speaker weather birth births birthday birthdays worked working works work world word words sword would wound
    could should shoulder cloud loud about above abroad abort abuse because become became becomes between before begin
    began being been seen screen green greed agreed formally normally informally personality regarding recording
    rewarding awarding guarding according forwarding forward forwarded relation relating related relative relatives
    rotating creating treating heating eating rating dating data date computer computers commuter compute transfer
    transferred transport translate transmit transmitted transcript system systems article articles artificial particle
    particles article formats machine machines matching marching reading readable reader ready really already provide
    provided provider providers provides providing prove proved province unsubscribe subscribe subscribed describe
    described subscription description prescription inscription newsletter newsletters letter letters later latter
    better setter better butter wetter writer withdraw withdrew withdrawn withdrawal drawn forget forgot forgotten
    target budget gadget widget forge permanent permanently prominently currently recently presently apparently document
    documents documented argument correspondence correspond footage postage cottage outage package storage employee
    employees employer employers employment deployment employ employed deploy exercise exercises exercised rightful
    mighty concerned concerning conserving convening discovering disclose disclosed enclose enclosed closed close closes
    class clause cause pause paused house houses mouse course source sources course force forces forced daughter
    laughter slaughter caught taught thought though through husband transfer handle handled handles handling
    telephone telephoned hired fired third thirty mistake mistakes mister minister registered register sister mispelt
    given gives gave given live lives lived alive believed grieve drive driven dive five giver river never liver silver
    """.split()
)
"""Common words that stand one slip from a word of the desk's: left alone."""

KNOWN = GUARDED | frozenset(VOCABULARY) | ABBREVIATIONS.keys()
"""Words that need no repair."""
