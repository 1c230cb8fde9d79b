"""English cues of attribution: verbs with what may follow them, adjectives of stance, nouns of speech.

Our own lists. Which verbs and frames are worth reading was decided by counting them in news: a frame is listed where
it attributes about as often as not. Frames: ``t`` a clause with *that* or a question word, ``n`` an object or bare
clause, ``q`` a quotation or colon, ``e`` nothing (what is said stands before), ``i`` *to* with a verb, else the
preposition or particle itself.
"""

from collections.abc import Mapping

from models.source_bias.frames import frames_by_lemma
from models.source_bias.inflection_en import plural, verb_forms
from models.source_bias.phrases import words

_VERBS = """
t n q e i in on of at about to during after with for from: say explain
t n q e in on at during for: argue insist note write recall conclude warn declare reiterate announce
t n q e in on at: suggest acknowledge concede reveal predict claim assert contend indicate emphasize emphasise stress
t n q e in on at: lament bemoan quip opine muse surmise speculate complain caution confess proclaim affirm reaffirm
t n q e in on at: retort exclaim interject confide posit intone marvel gripe grumble theorize profess attest rejoin
t n q e in on at: joke boast brag aver reckon enthuse fume gush deadpan thunder bellow murmur mutter pontificate chime
t n q e in on at: philosophize editorialize insinuate
t q e about of on at in by: add
t q e with by: continue go
q e: read begin start finish
t n q e about on: report tweet wonder blog
t n q e i with by on: reply respond
t n q e by of for on: ask
t n q e: confirm deny admit imply clarify repeat sigh sniff
t q e: shout chant yell scream cry whisper holler hope believe show learn think rule signal testify promise vow pledge
t q e: agree remark observe realize worry fear
t: allege estimate state find know project maintain decide determine question discuss feel see understand recognize
t: recognise realise discover doubt suspect foresee envision envisage anticipate demand calculate remember hint
t: propose recommend underscore outline forget convince mean swear require order consider hear demonstrate describe
t: call mention notice
n: suggest claim deny believe show recognize recognise realise foresee envisage mention describe propose discuss
n: highlight outline echo recount relate signal praise criticize criticise denounce condemn decry deride mock ridicule
n: assail lambaste rebuke scold dismiss reject rebuff refute rebut repudiate renounce disavow blast slam rip hail laud
n: applaud tout congratulate commend salute endorse defend oppose cite quote reference invoke retweet express portray
n: depict characterize characterise dub deem urge exhort implore accuse blame call order prohibit contemplate mull
n: voice recite disclose prefer dislike favor favour question downplay deplore abhor excoriate skewer castigate
n: admonish disparage malign vilify pillory upbraid berate lecture heckle belittle bash trash thank liken compare
n: champion trumpet float list reprimand remind assure reassure inform tell persuade beseech impugn mischaracterize
n: credit paint pan chastise censure deflect illustrate extol eulogize promise announce recommend support back
n: advocate hope fear worry expect think want consider plead welcome embrace condone excuse identify label view sum
n: chide bark lambast resent revere admire regret rue parrot mimic pronounce offer decide agree vow doubt remember
n: notice attribute authorize
i: vow promise pledge refuse decline threaten agree offer hope refer allude claim swear balk seek want opt aspire
i: point plan resolve long yearn aim apologize apologise expect decide like prefer propose require admit write
at: hint balk bristle scoff jab swipe sneer jeer poke chafe bridle
of: boast complain warn speak mention assure disapprove despair
about: complain boast brag joke speculate talk speak gush rave rant fret gripe grumble moan wonder tweet feel
about: equivocate reminisce worry
against: rail warn caution argue vote inveigh protest advise fulminate
for: call vouch apologize apologise hope push advocate plead root vote credit
on: call elaborate dwell focus expound opine remark comment agree go reflect
with: agree disagree concur plead sympathize quibble
upon: call remark
out: point lay speak blast lash cry call shout single
off: shrug brush laugh
back: fire shoot hit punch
q: call cite name offer post
in by: believe stand
about of as: write say
as: describe dismiss label brand hail denounce identify
to: allude refer point
"""

ADJECTIVES = words(
    "confident hopeful worried concerned convinced adamant skeptical sceptical critical optimistic pessimistic eager "
    "willing unwilling reluctant aware unaware supportive wary leery afraid fearful doubtful dismissive insistent "
    "unconvinced certain keen thrilled pleased delighted outraged furious angry alarmed dismayed disappointed mindful "
    "proud glad grateful hesitant opposed committed enthusiastic nervous unsure enamored suspicious"
)
_NOUNS = words(
    "claim statement assertion allegation accusation suggestion promise vow pledge prediction warning contention "
    "insistence belief view opinion argument criticism condemnation denunciation endorsement support opposition "
    "proposal call demand request plea refusal decision commitment hope fear desire attack rebuke defense embrace "
    "declaration announcement admission acknowledgment complaint concern doubt praise rejection dismissal insinuation "
    "remark comment conclusion description characterization disavowal threat denial vision plan"
)


def _kinds() -> dict[str, tuple[str, frozenset[str]]]:
    found: dict[str, tuple[str, frozenset[str]]] = {}
    for lemma in FRAMES:
        for form, kind in verb_forms(lemma):
            first, kinds = found.get(form, (lemma, frozenset()))
            found[form] = (first, kinds | {kind})
    del found["state"]  # the noun
    return found


FRAMES = frames_by_lemma(_VERBS)
KINDS: Mapping[str, tuple[str, frozenset[str]]] = _kinds()
"""Lemma and kinds of each form; a form of two lemmas belongs to the one listed first."""
TELLING = words("tell remind inform assure reassure ask advise persuade convince notify warn urge")
NOUNS: Mapping[str, str] = {form: noun for noun in _NOUNS for form in (noun, plural(noun))}
SPEAKING = frozenset(lemma for lemma, frames in FRAMES.items() if "e" in frames)
