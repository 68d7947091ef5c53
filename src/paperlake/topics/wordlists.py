"""Words that cannot be, begin, end or fill a label.

Function words and the verbs and habits of abstracts ("we propose a novel framework") cut a sentence into
phrases; generic nouns may stand in a phrase but not be all of it. How phrases are cut and chosen is in
`phrases.py` and `labels.py`.
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


FUNCTION_WORDS = _words("""
a an the this that these those it its they them their theirs he she his her we our ours us you your i my me
who whom whose which what where when why how whether if then else than as at by for from in into of off on
onto out over per through throughout to toward towards under until unto up upon via with within without
about above across after against along among amongst around before behind below beneath beside besides
between beyond despite down during except inside near outside since amid onto
and or nor but yet so not no neither either both also too only just even still again already almost always
any anyone anything are aren't be been being is isn't was were do does did doing done don't doesn't has have
having had can cannot could may might must shall should will would ought
all each every few fewer less least little lot lots many more most much several some such other others
another same own very rather quite well once twice here there thus hence therefore however moreover
furthermore nevertheless nonetheless otherwise instead meanwhile namely particularly especially specifically
respectively overall generally typically usually often sometimes never ever further etc i.e e.g eg ie vs versus
et al cf due because although though while whereas unless once like unlike alike one two three four five six
seven eight nine ten first second third last former latter next previous previously recently recent currently
now today lately later early earlier ago together apart away back forth indeed perhaps maybe yes
whilst wherein whereby thereby therein herein thereof let else's n't 's s t d ll re ve
according regarding concerning given based using used via including include includes included containing
""")

# Verbs in all their forms, adverbs and adjectives of praise: they end a phrase.
_VERBS = _words("""
accomplish account achieve acquire adapt add address adjust admit adopt advance affect aggregate aid aim allow
analyze analyse announce answer appear apply argue arise ask assess assign assist associate assume attain attempt
attract augment automate avoid base become begin believe benefit boost bridge bring broaden build call capture
carry cause challenge change characterize choose claim collect combine come compare compete compile complement
complete compose comprise compute concern conclude conduct confirm consider consist constitute construct contain
continue contribute convert cover create cross deal decide decrease define degrade deliver demonstrate depend
deploy derive describe deserve design desire detail detect determine develop devise differ discover discuss
display distinguish divide do draw drive drop ease elicit eliminate emerge emphasize employ enable encounter
encourage enhance enrich ensure entail equip establish estimate evaluate evidence evolve examine exceed exhibit
exist expand expect experiment explain exploit explore expose express extend extract face facilitate fail fall
feature feed fill find finish fit fix focus follow form formulate gain gather generalize generate get give go
guarantee guide handle happen harness help highlight hinder hold hope identify illustrate imagine implement imply
impose improve incorporate increase incur indicate induce infer inform inherit inspire instantiate integrate
intend interact introduce investigate involve issue join keep know lack lead learn leave leverage lie limit link
look lose lower maintain make manage match maximize mean measure meet minimize miss mitigate modify motivate move
narrow necessitate need note notice observe obtain occur offer open operate optimize organize outperform overcome
overlook own participate pave perform persist play point pose possess predict prepare present preserve prevent
proceed process produce promote prompt propose prove provide publish pursue put quantify raise range reach read
realize recall receive recognize recommend reduce refer reflect regard rely relate release remain remedy remove
render replace report represent require resemble reside resolve respond restrict result resulted retain rethink
retrieve return reveal review rise run satisfy say scale see seek seem select serve set shed shift shorten show
simplify situate solve sort speed spend split stand start state stay stem stop strengthen strive struggle study
submit substitute succeed suffer suggest suit summarize support surpass surround sustain tackle tailor take
target tell tend test think tie train transform translate treat try turn uncover undergo underlie underscore
understand unify update use utilize utilise validate vary verify view want weaken weigh widen witness work write
yield exceed stabilize standardize accelerate alleviate circumvent complicate contrast contradict correlate
""")

# Verbs whose plain or -s form is as often a noun in titles: those forms stay inside phrases.
_NOUN_VERBS = _words("""
change design detail answer challenge cause cover feature form gain guide help issue lack limit link match mean
measure need note point process prompt range recall report result review run scale set speed split state
stem study support target test view work experiment shift contrast benefit advance train account aid aim
attempt boost claim concern desire display drive drop ease evidence face fall feed fill fit focus hold hope
increase decrease interact join lead look move offer open play present produce promote raise reach
release return rise start stop tie transform treat try turn update use yield answer recommend bridge cross
""")

_ADJECTIVES_OF_PRAISE = _words("""
novel new newer newly simple simpler effective effectively efficient efficiently promising state-of-the-art sota
competitive significant significantly substantial substantially considerable considerably remarkable remarkably
impressive superior better best good great greater higher high highest lower low lowest strong stronger robustly
powerful popular crucial critical key important main major primary essential fundamental notable notably
extensive extensively comprehensive comprehensively various diverse different similar multiple numerous certain
existing available able unable capable possible potential potentially suitable appropriate necessary sufficient
additional extra entire whole full fully complete completely large-scale larger largest smaller smallest big
huge vast wide widely broad broadly longer shorter traditional conventional current modern
common commonly general particular specific special typical difficult hard easy easily challenging interesting
valuable useful helpful relevant related unique original respective corresponding
overall total average average-case main mainly largely highly hugely poor poorly rich little-known successful
successfully accurate accurately inaccurate limited inherent initial final subsequent prior latest emerging
publicly open-source open-sourced real-world end-to-end so-called well-known widely-used aforementioned
first-ever unprecedented ever-growing growing increasing decreasing increasingly rapidly rapid dramatic
seamless seamlessly surprising surprisingly consistent consistently inconsistent stable-looking intuitive
straightforward careful carefully clear clearly detailed deep-dive thorough thoroughly systematic systematically
previous-work out-of-the-box off-the-shelf plug-and-play down-stream downstream
""")  # fmt: skip

# Words of the trade that say nothing of the subject: a phrase may hold them, but not consist of them.
GENERIC_WORDS = _words("""
ability accuracy achievement advancement advance advantage affect aim algorithm amount analysis analyses answer
application approach area argument article aspect assessment assumption attempt attention author avenue
background baseline basis behavior behaviour benchmark benefit capability capacity case category challenge change
characteristic choice claim class code collection combination comparison complexity component computation
computing concept conclusion condition configuration consequence consideration constraint content context
contribution control cost count criteria criterion current data database dataset day degree demand demonstration
design detail development difference difficulty direction discussion domain drawback driver ease effect
effectiveness efficiency effort element environment era error evaluation evidence example experiment
experimentation expert explanation exploration extent extension fact factor failure feature field finding focus
form foundation framework function future gain gap generalization goal ground group growth guidance guideline
help hypothesis idea impact implementation implication importance improvement increase influence information
input insight instance interest introduction investigation issue item knowledge lack landscape language
learning length level limit limitation line literature loss magnitude majority manner margin material matter
mean means measure measurement mechanism method methodology metric mode model modeling modelling module motivation
need network number objective observation operation opportunity option order outcome output overhead overview
pair paper paradigm parameter part paper's performance period perspective phase phenomenon pipeline platform point
policy population portion possibility potential practice practitioner presence principle problem procedure
process processing product progress project promise property proportion proposal purpose quality quantity
question range rate ratio reader reason relation relationship release reliability representation requirement
research researcher resource respect response result review robustness role sample scale scenario scheme science
scope score section selection sense series set setting setup shift shortcoming side significance similarity
situation size solution source space speed stage standard state statistics step strategy strength structure
studies study style subject success suite superiority support survey system t target task team technique
technology term test testing text theory thing time tool top topic total trade-off tradeoff training treatment
trend type understanding unit usage use user utility validation value variable variant variation variety version
view way weakness word work world year sentence document documents technologies analyses
train prediction dataset's experimental empirical theoretical practical english input-output
many-to-many hope paradigm's llm-based model's language-based
ai ml dl sota github https http www com org code-base repository url
deep neural artificial intelligence machine automatic automated computational natural human
""")


def _inflected(verbs: frozenset[str]) -> frozenset[str]:
    forms: set[str] = set()
    for verb in verbs:
        stem = verb[:-1] if verb.endswith("e") else verb
        stem_y = verb[:-1] + "i" if verb.endswith("y") and verb[-2] not in "aeiou" else stem
        ending_s = "es" if verb.endswith(("s", "x", "ch", "sh")) else "s"
        third = verb[:-1] + "ies" if stem_y.endswith("i") else verb + ending_s
        if verb not in _NOUN_VERBS:
            forms |= {verb, third}
        forms |= {stem_y + "ed"}
    return frozenset(forms)


_IRREGULAR = _words("""
became began built brought chosen chose came dealt drawn drew driven fell fallen found gave given got gone held
kept knew known led left lies lost made meant met put ran read rose risen said saw seen sought set shed shown
showed spent stood taken took told thought tried tries understood undergone wrote written arisen overcome overcame
shows outperforming achieving including showing demonstrating providing enabling leveraging making using proposing
introducing presenting improving reducing increasing allowing leading resulting compared comparing requiring
addressing exploring investigating utilizing employing incorporating combining outlining highlighting suggesting
building creating developing designing evaluating analyzing ensuring focusing offering obtaining exhibiting
considering examining applying taking giving getting going doing having being following containing involving
facilitating maintaining exceeding surpassing overcoming mitigating finding identifying revealing yielding
relying existing producing tackling enhancing extending performing conducting establishing bridging unlocking
harnessing exploiting rethinking revisiting towards toward beating closing paving varying depending ranging
according setting trained pre-trained pretrained fine-tuned finetuned focused aimed tailored dubbed named termed
called so-called publicly additionally finally firstly secondly lastly consequently accordingly subsequently
simultaneously directly solely merely explicitly implicitly empirically theoretically qualitatively quantitatively
experimentally comparably comparable
""")

BREAKING_WORDS = FUNCTION_WORDS | _inflected(_VERBS) | _IRREGULAR | _ADJECTIVES_OF_PRAISE
"""Words at which a sentence is cut into phrases."""
