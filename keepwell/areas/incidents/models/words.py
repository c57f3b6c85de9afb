"""Words of the clocks that stand in the kernel and in the shipped rules, marked here to be put into the reader's
language. A test holds them against both."""

from __future__ import annotations

from django.utils.translation import gettext_noop

SENTENCES = (
    gettext_noop("%(end)s: %(n)s minutes after %(event)s at %(start)s."),
    gettext_noop(
        "%(end)s: %(n)s hours after %(event)s at %(start)s; hours run through nights, weekends and holidays."
    ),
    gettext_noop("%(end)s: %(n)s days after %(event)s at %(start)s, at the same time of day."),
    gettext_noop("%(end)s: %(n)s months after %(event)s at %(start)s, at the same time of day."),
    gettext_noop("%(end)s: the end of business day %(n)s after %(event)s at %(start)s."),
    gettext_noop(
        "%(end)s, because %(event)s at %(start)s, trading next opens at %(opens)s on %(opening)s, "
        "and the notice is due %(n)s hours before."
    ),
    gettext_noop("%(end)s: the end of the day on which %(event)s, at %(start)s."),
    gettext_noop("%(end)s: before the next business day begins, because %(event)s at %(start)s."),
    gettext_noop("%(end)s: one month after %(event)s at %(start)s, at the same time of day."),
    gettext_noop("%(end)s: one hour after %(event)s at %(start)s."),
    gettext_noop("That month is shorter, so its last day counts."),
    gettext_noop("%(calendar)s is closed on %(days)s."),
    gettext_noop(
        "Of %(calendar)s no closures are known for %(year)s: only weekends are left out, so it may end later."
    ),
    gettext_noop("%(calendar)s is open on %(days)s."),
    gettext_noop(
        "The closures of %(calendar)s in %(year)s are not published yet: they are foretold, so it may end otherwise."
    ),
    gettext_noop(
        "It cannot be reckoned: %(calendar)s has no business day within %(most)s days after %(day)s. Until its closures "
        "are corrected this end is our own, for which weekends alone are left out."
    ),
    gettext_noop("The regime sets no fixed end (%(words)s): this one is our own."),
    gettext_noop("No moment is recorded at which %(wanted)s, so the one at which %(found)s counts."),
    gettext_noop(
        "%(unit)s became aware at a moment of its own, which counts for it instead of the incident's."
    ),
    gettext_noop("The term is that of level %(level)s."),
    gettext_noop("The level is not known yet: the shortest term counts until it is."),
    gettext_noop("%(end)s, as the recipient agreed; it would have ended otherwise at %(was)s."),
    gettext_noop("No clause of a contract is recorded: record it, for its term may be shorter."),
    gettext_noop("So it is written in the contract with %(counterparty)s."),
    gettext_noop(
        "%(unit)s does not have the attribute %(attribute)s; the rule was named, and is taken as binding."
    ),
    gettext_noop(
        "%(unit)s lies in none of the countries in which the rule binds (%(countries)s); the rule was named, and is taken "
        "as binding."
    ),
    gettext_noop("So asks the group's own text of %(rule)s, edition %(edition)s."),
    gettext_noop("The rule was not yet in force, or no longer, on that day."),
    gettext_noop("It has not begun: it starts when %(event)s."),
    gettext_noop("It was met at %(done)s."),
    gettext_noop("It was late: done at %(done)s."),
    gettext_noop("Nothing is recorded as sent, and the time is over."),
    gettext_noop("Before it is submitted, nothing may be told to %(whom)s."),
    gettext_noop("Before it is submitted, something is told to %(whom)s only for a reason that is kept."),
    gettext_noop(
        "It waits for the notice under %(rule)s: before that is submitted, nothing may be told to %(whom)s."
    ),
    gettext_noop(
        "It waits for the notice under %(rule)s: before that is submitted, something is told to %(whom)s only for a "
        "reason that is kept."
    ),
    gettext_noop("those whom %(rule)s names"),
    gettext_noop(
        "%(then)s must be told by %(by)s, and before that the notice under %(rule)s must be submitted, which is due "
        "%(due)s."
    ),
    gettext_noop(
        "%(then)s must be told by %(by)s, and before that the notice under %(rule)s must be submitted, which has no end "
        "yet."
    ),
    gettext_noop("For an incident that became known at %(moment)s: %(contradiction)s"),
    gettext_noop("Counsel decides: submit the notice under %(rule)s by then."),
    gettext_noop(
        "Counsel decides: submit the notice under %(rule)s by then, or tell %(then)s first and say why when that notice "
        "is approved."
    ),
)
"""Sentences of the kernel, and how a clock stands."""

DUTIES = (
    gettext_noop("hard"),
    gettext_noop("soft"),
    gettext_noop("inbound"),
    gettext_noop("contractual"),
    gettext_noop("internal"),
)
"""Kinds of duties, as the sentence of an end of our own names them."""

REGIMES = (gettext_noop("group policy"),)
"""Shipped regimes that are our own; those of others are named as they name themselves."""

AUDIENCES = (
    gettext_noop("an authority"),
    gettext_noop("an exchange"),
    gettext_noop("the public"),
    gettext_noop("the persons concerned"),
    gettext_noop("customers, insurers and other partners"),
    gettext_noop("peers"),
    gettext_noop("our own people"),
)
"""Who learns by a notice."""

EVENTS = (
    gettext_noop("the site became aware"),
    gettext_noop("the incident became known"),
    gettext_noop("the incident was discovered"),
    gettext_noop("the incident was confirmed"),
    gettext_noop("it was reasonably believed that an incident had occurred"),
    gettext_noop("there were credible grounds to believe in a breach"),
    gettext_noop("the insured's control group became aware"),
    gettext_noop("the fact arose"),
    gettext_noop("a report of the media was discovered"),
    gettext_noop("materiality was determined"),
    gettext_noop("the assessment was completed"),
    gettext_noop("the level changed"),
    gettext_noop("a further fact became known"),
    gettext_noop("new information became known"),
    gettext_noop("the notice was submitted"),
    gettext_noop("the first notice was submitted"),
    gettext_noop("the authority received the report"),
    gettext_noop("the authority reviewed the level"),
    gettext_noop("damage control was completed"),
    gettext_noop("a corrective measure was available"),
    gettext_noop("the incident was handled"),
    gettext_noop("it was disclosed at home"),
    gettext_noop("the press conference was held"),
    gettext_noop("something was said in public"),
    gettext_noop("a ransom was demanded and paid"),
    gettext_noop("the ransom was paid"),
    gettext_noop("the fiscal year ended"),
    gettext_noop("it was decided to share"),
    gettext_noop("the recipient agreed to a later day"),
)
"""Kinds of events, in the words of the regimes."""

FACTS = (
    gettext_noop("a loss or an effect that matters to investors has come about or is likely"),
    gettext_noop("the loss in New Taiwan dollars"),
    gettext_noop("the loss as a percentage of share capital"),
    gettext_noop("it is made public at home, filed with an exchange or sent to holders"),
    gettext_noop("personal data was breached"),
    gettext_noop("the data is of a special or sensitive category"),
    gettext_noop("the data holds unique identifiers of persons"),
    gettext_noop("how many persons the breached data concerns"),
    gettext_noop("how many persons' data the system holds"),
    gettext_noop("a risk to the rights of persons is unlikely"),
    gettext_noop("the risk to the rights of persons is high"),
    gettext_noop("significant harm to persons has come about or is likely"),
    gettext_noop("financial harm to persons has come about or is likely"),
    gettext_noop("it was done for a wrongful purpose"),
    gettext_noop("somebody from outside had unlawful access"),
    gettext_noop("somebody intruded into a network or a system"),
    gettext_noop("it disrupts the service severely or harms others considerably (NIS2)"),
    gettext_noop("it is relatively significant or above by China's grading"),
    gettext_noop("it is a covered cyber incident (CIRCIA)"),
    gettext_noop("a ransom was paid"),
    gettext_noop("a covered contractor system is touched (DFARS)"),
    gettext_noop("a vulnerability of an own product is actively exploited"),
    gettext_noop("a severe incident touches the security of an own product"),
    gettext_noop("it is an incident prescribed for critical infrastructure (Singapore)"),
    gettext_noop("critical infrastructure is or might be touched (Malaysia)"),
    gettext_noop("data of a customer is touched"),
    gettext_noop("a product of a customer is touched"),
    gettext_noop("supply to a customer is interrupted"),
    gettext_noop("a claim under the policy is likely"),
    gettext_noop("others should learn of it"),
)
"""What decides whether a rule asks for a notice."""

STAGES = (
    gettext_noop("amendment"),
    gettext_noop("annual report"),
    gettext_noop("clarification"),
    gettext_noop("communication"),
    gettext_noop("current report"),
    gettext_noop("damage control"),
    gettext_noop("details"),
    gettext_noop("disclosure"),
    gettext_noop("disclosure after it"),
    gettext_noop("early warning"),
    gettext_noop("escalation"),
    gettext_noop("escalation after a rise"),
    gettext_noop("filing"),
    gettext_noop("final report"),
    gettext_noop("final report after handling"),
    gettext_noop("first report"),
    gettext_noop("full report"),
    gettext_noop("furnishing"),
    gettext_noop("improvement report"),
    gettext_noop("notice"),
    gettext_noop("notice to persons"),
    gettext_noop("notification"),
    gettext_noop("preliminary report"),
    gettext_noop("press conference"),
    gettext_noop("report"),
    gettext_noop("report of a further fact"),
    gettext_noop("report of the change"),
    gettext_noop("review"),
    gettext_noop("sharing"),
    gettext_noop("summary"),
)
"""Stages of the shipped rules."""

RECIPIENTS = (
    gettext_noop("CII protection dept + public security"),
    gettext_noop("CISA"),
    gettext_noop("CSA Commissioner (hotline)"),
    gettext_noop("CSIRT / competent authority"),
    gettext_noop("Commissioner"),
    gettext_noop("DoD DIBNet + prime"),
    gettext_noop("ENISA single reporting platform -> coordinator CSIRT"),
    gettext_noop("MOPS"),
    gettext_noop("MOPS (Internet information reporting system), Chinese (English too)"),
    gettext_noop("MSIT/KISA"),
    gettext_noop("NACSA Chief Executive + sector lead (electronic)"),
    gettext_noop("NC4 system"),
    gettext_noop("PDPC"),
    gettext_noop("PDPC (sector authority meanwhile)"),
    gettext_noop("PIPC or KISA; data subjects"),
    gettext_noop("PPC"),
    gettext_noop("PPC; individuals promptly"),
    gettext_noop("SEC"),
    gettext_noop("SEC (filed)"),
    gettext_noop("SEC EDGAR (furnished)"),
    gettext_noop("TWSE press conference + MOPS"),
    gettext_noop("authority + individuals"),
    gettext_noop("authority reviews level and may change it (then 1 h onward to MODA)"),
    gettext_noop("broker/insurer hotline"),
    gettext_noop("central competent authority of the sector"),
    gettext_noop("central competent authority of the sector (via its designated channel)"),
    gettext_noop("central competent authority; also MODA if level 3/4"),
    gettext_noop("controller (customer)"),
    gettext_noop("data subjects"),
    gettext_noop("data subjects individually"),
    gettext_noop("group CSIRT duty officer -> CISO"),
    gettext_noop("lead supervisory authority"),
    gettext_noop("named customer contact + account manager"),
    gettext_noop("organisation served"),
    gettext_noop("original channel"),
    gettext_noop("provincial CAC (12387 etc.); public security if crime suspected"),
    gettext_noop("the authority that the order names"),
)
"""Who must be told, as the shipped rules name them."""

CONTENTS = (
    gettext_noop("IoCs"),
    gettext_noop("board oversight committee"),
    gettext_noop("cause"),
    gettext_noop("course of damage control and recovery"),
    gettext_noop("course of investigation and handling"),
    gettext_noop("cross-border impact"),
    gettext_noop("effect on finance/business"),
    gettext_noop("estimated amount"),
    gettext_noop("facts"),
    gettext_noop("initial assessment of severity and impact"),
    gettext_noop("management role/expertise and how the board is informed"),
    gettext_noop("management/technical/manpower/resource measures"),
    gettext_noop("material effects of threats incl. past incidents"),
    gettext_noop("response measures"),
    gettext_noop("risk-management processes incl. third parties"),
    gettext_noop("root cause"),
    gettext_noop("schedule and effectiveness tracking"),
    gettext_noop("scope and damage assessment"),
    gettext_noop("suspected unlawful/malicious"),
    gettext_noop("times of occurrence/awareness/damage control"),
    gettext_noop("whether integrated in ERM"),
)
"""What a notice must say, as the shipped rules name it."""
