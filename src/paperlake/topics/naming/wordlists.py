"""Words that cannot be, begin, end or fill a label.

Function words and the verbs and habits of abstracts ("we propose a novel framework") cut a sentence into
phrases; generic nouns may stand in a phrase but not be all of it. How phrases are cut and chosen is in
`phrases.py` and `labels.py`.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FUNCTION_WORDS = _words("""
's a about above according across after again against ago al alike all almost along already also although
always amid among amongst an and another any anyone anything apart are aren't around as at away back based
be because been before behind being below beneath beside besides between beyond billion billions both but by
can cannot cf concerning containing could currently d despite did do does doesn't doing don't done down
dozen dozens due during e.g each earlier early eg eight either else else's especially et etc even ever every
except far fast faster few fewer first five for former forth four from further furthermore generally given
had has have having he hence her here herein his how however hundred hundreds i i.e ie if in include
included includes including indeed inside instead into is isn't it its just last lately later latter least
less let like little ll lot lots many may maybe me meanwhile might million millions more moreover most much
must my n't namely near neither never nevertheless next nine no nonetheless nor not now of off often on once
one only onto or other others otherwise ought our ours out outside over overall own particularly per percent
perhaps previous previously quite rather re recent recently regarding respectively s same second seven
several shall she should since six slower so some sometimes specifically still such t ten than that the
their theirs them then there thereby therefore therein thereof these they third this those though thousand
thousands three through throughout thus to today together too toward towards twice two typically under
unless unlike until unto up upon us used using usually ve versus very via vs was we well were what when
where whereas whereby wherein whether which while whilst who whom whose why will with within without would
yes yet you your
""")

# Verbs in all their forms, adverbs and adjectives of praise: they end a phrase.
_VERBS = _words("""
accelerate accomplish account achieve acquire adapt add address adjust admit adopt advance affect aggregate
aid aim alleviate allow analyse analyze announce answer appear apply argue arise ask assemble assess assign
assist associate assume attain attempt attract augment automate avoid base become begin believe benefit
boost bridge bring broaden build call capture carry cause challenge change characterize choose circumvent
claim collect combine come compare compete compile complement complete complicate compose compress comprise
compute concern conclude conduct confirm consider consist constitute construct contain continue contradict
contrast contribute convert correlate cover create cross deal decide decompose decrease define degrade
deliver demonstrate depend deploy derive describe deserve design desire detail detect determine develop
devise differ discover discuss display distinguish divide do draw drive drop ease elicit eliminate embed
emerge emphasize employ enable encounter encourage enhance enrich ensure entail equip establish estimate
evaluate evidence evolve examine exceed excel exhibit exist expand expect experiment explain exploit explore
expose express extend extract face facilitate fail fall feature feed fill find finish fit fix focus follow
form formulate gain gather generalize generate get give go guarantee guide handle happen harness help
highlight hinder hold hope identify illustrate imagine implement imply impose improve incorporate increase
incur indicate induce infer inform inherit inspire instantiate integrate intend interact introduce
investigate involve issue join keep know lack lead learn leave leverage lie limit link look lose lower
maintain make manage match maximize mean measure meet minimize miss mitigate modify motivate move narrow
necessitate need note notice observe obtain occur offer open operate optimize organize outperform overcome
overlook own participate pave perform persist play point pose possess predict prepare present preserve
prevent proceed process produce promote prompt propose prove provide publish pursue put quantify raise range
reach read realize recall receive recognize recommend reduce refer reflect regard relate release rely remain
remedy remove render replace report represent require resemble reside resolve respond restrict result
resulted retain rethink retrieve return reveal review rise run satisfy say scale see seek seem select serve
set shed shift shorten show simplify simulate situate solve sort speed spend split stabilize stand
standardize start state stay stem stop strengthen strive struggle study submit substitute succeed suffer
suggest suit summarize support surpass surround sustain tackle tailor take target tell tend test think tie
train transform translate treat try turn uncover undergo underlie underscore understand unify update use
utilise utilize validate vary verify view want weaken weigh widen witness work write yield
""")

# Verbs whose plain or -s form is as often a noun in titles: those forms stay inside phrases.
_NOUN_VERBS = _words("""
account advance aid aim answer attempt benefit boost bridge cause challenge change claim concern contrast
cover cross decrease design desire detail display drive drop ease evidence experiment face fall feature feed
fill fit focus form gain guide help hold hope increase interact issue join lack lead limit link look match
mean measure move need note offer open point present process produce promote prompt raise range reach recall
recommend release result return review rise run scale set shift speed split start state stem stop study
support target test tie train transform treat try turn update use view work yield
""")

_ADJECTIVES_OF_PRAISE = _words("""
able accurate accurately additional aforementioned appropriate available average average-case best better
big broad broadly capable careful carefully certain challenging clear clearly common commonly competitive
complete completely comprehensive comprehensively considerable considerably consistent consistently
conventional corresponding critical crucial current decreasing deep-dive detailed different difficult
diverse down-stream downstream dramatic easily easy effective effectively efficient efficiently emerging
end-to-end entire essential ever-growing existing extensive extensively extra final first-ever full fully
fundamental general good great greater growing hard helpful high higher highest highly huge hugely important
impressive inaccurate inconsistent increasing increasingly inherent initial interesting intuitive key
large-scale largely larger largest latest limited little-known longer low lower lowest main mainly major
modern multiple necessary new newer newly notable notably novel numerous off-the-shelf open-source
open-sourced original out-of-the-box overall particular plug-and-play poor poorly popular possible potential
potentially powerful previous-work primary prior promising publicly rapid rapidly real-world related
relevant remarkable remarkably respective rich robustly seamless seamlessly shorter significant
significantly similar simple simpler smaller smallest so-called sota special specific stable-looking
state-of-the-art straightforward strong stronger subsequent substantial substantially successful
successfully sufficient suitable superior surprising surprisingly systematic systematically thorough
thoroughly total traditional typical unable unique unprecedented useful valuable various vast well-known
whole wide widely widely-used
""")

# Words of the trade that say nothing of the subject: a phrase may hold them, but not consist of them.
GENERIC_WORDS = _words("""
ability ablation accuracy achievement advance advancement advantage affect ai aim algorithm amount analyses
analysis analytic analytical annotated answer applicability application approach area argument article
artificial aspect assessment assumption attempt attention author automated automatic avenue background bag
baseline basis behavior behaviour benchmark benefit bit bottleneck bound bounds capability capacity case
calculation notion object category challenge change characteristic choice claim class code code-base
collection com combination comparative comparison complexity component computation computational computing
concept conclusion condition
configuration consequence consideration constraint content context contribution control cost count criteria
criterion current data database dataset dataset's day deep degree demand demonstration design desire detail
development difference difficulty direction discussion distinct distribution dl document documents domain
drawback driver ease effect effectiveness efficiency effort element empirical english environment era error
evaluation evidence examination example experiment experimental experimentation expert explanation explicit
exploration extension extent fact factor failure feature field finding finite focus form formula formulae
foundation framework function future gain gap general-purpose generalization github goal goes ground group
growth guidance guideline help heterogeneous high hope http https human hypothesis idea impact
implementation implication importance improvement increase influence information input input-output insight
instance instruction instructions intelligence interest introduction investigation issue item knowledge
labeled labelled lack landscape language language-based large leads learning length level limit limitation
line literature llm-based long loss low lower machine magnitude majority manner many-to-many margin material
matter mean means measure measurement mechanism memory method methodology metric ml mode model model's
modeling modelling module motivation natural need network neural nlp number numerical objective observation
open operation opportunity option order org outcome output overhead overview page pair paper paper's
paradigm paradigm's parameter part past performance period perspective phase phenomenon pipeline platform
point policy population portion possibility potential power practical practice practitioner prediction
presence principle problem procedure process processing product progress project promise proof property
proportion proposal public purpose quality quantity question range rate ratio reader reason recipe reference
regime relation relationship release reliability report repository representation requirement research
researcher resource respect response result review robustness role sample scale scenario scheme science
scope score section selection sense sentence sequence sequences series set setting setup shift shortcoming
side significance similarity single situation size small solution sota source space speed stage standard
state statistics step strategy strength structure studies study style subject success suite superiority
support survey synthetic system t target task team technical technique technologies technology term test
testing text theorem theoretical theory thing time tool top topic total trade-off tradeoff train training
transferring treatment trend type understanding union unit upper url usage use user utility validation value
variable variant variation variety version view way weakness word work world www year
""")

FIELDS_OF_GENERIC_WORDS = frozenset(
    {"metriclearning", "representationlearning", "grouptheory", "numbertheory", "representationtheory"}
    | {"fieldtheory", "finitegroup", "languagemodeling", "informationtheory", "machinetranslation"}
)
"""Keys of phrases that name a field although all their words are generic."""


_NOUNS_IN_ING = _words("""
aligning answering detecting drawing embedding grounding learning mapping matching modeling planning
processing prompting publishing reading recommending sampling scaling sensing testing thinking timing
tracking training tuning understanding writing
""")


def _inflected(verbs: frozenset[str]) -> frozenset[str]:
    forms: set[str] = set()
    for verb in verbs:
        stem = verb.removesuffix("e")
        stem_y = verb[:-1] + "i" if verb.endswith("y") and verb[-2] not in "aeiou" else stem
        ending_s = "es" if verb.endswith(("s", "x", "ch", "sh")) else "s"
        third = verb[:-1] + "ies" if stem_y.endswith("i") else verb + ending_s
        if verb not in _NOUN_VERBS:
            forms |= {verb, third}
        forms |= {stem_y + "ed"}
        forms |= {stem + "ing"} - _NOUNS_IN_ING
    return frozenset(forms)


_IRREGULAR = _words("""
according accordingly achieving additionally addressing ahead aimed allowing analyzing applying arisen
assessing beating beats became began being bridging brought building built called came chose chosen closing
combining comparable comparably compared comparing conducting consequently considering containing creating
dealt demonstrating depending designing developing directly doing drawn drew driven dubbed empirically
employing enabling enhancing ensuring equals establishing evaluating examining exceeding exhibiting existing
experimentally explicitly exploiting exploring extending facilitating fallen fell finally finding fine-tuned
finetuned firstly focused focusing following found gave getting given giving goes going gone got harnessing
having held highlighting identifying implicitly improving including incorporating increasing introducing
investigating involving kept knew known lastly leading led left leveraging lies lost made maintaining making
meant merely met mitigating obtaining offering outlining outperforming overcame overcome overcoming paving
performing pre-trained presenting pretrained producing proposing providing publicly put qualitatively
quantitatively ran ranging read reducing refuses relying requiring resulting rethinking revealing revisiting
risen rose said saw secondly seen set setting shed showed showing shown shows simultaneously slows so-called
solely sought spent stood subsequently suggesting surpassing tackling tailored taken taking termed
theoretically thought told took toward towards trained transferring tried tries undergone understood
unlocking using utilizing varying written wrote yielding
""")

BREAKING_WORDS = FUNCTION_WORDS | _inflected(_VERBS) | _IRREGULAR | _ADJECTIVES_OF_PRAISE
"""Words at which a sentence is cut into phrases."""

VERB_LIKE = _NOUN_VERBS | _VERBS
"""Words that are verbs after a subject or "to", and may be nouns elsewhere."""

SUBJECTS = frozenset({"we", "i", "they", "it", "to", "can", "may", "will", "could", "that", "which", "not"})
"""Words after which such a word is a verb."""
