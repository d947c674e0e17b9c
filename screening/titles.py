"""Words that tell job titles, employers, schools and degrees apart. Called by `contacts`, `entries`, `education`."""

from __future__ import annotations

import re

_TITLE_WORDS = """
team.member crew.member staff.member board.member committee.member faculty.member apprenticeship assistantship
telesales newsreader proofreader
accountant actuary adjuster administrator advisor adviser agent aide analyst anesthetist apprentice architect artist
assistant associate attendant attorney auditor author banker barista bartender biologist bookkeeper broker builder
buyer captain caregiver carer carpenter cashier ceo cfo chair chef chemist chief cio clerk coach cofounder co-founder
commander conductor consultant contractor controller cook coordinator copywriter counsel counselor counsellor cto
curator dba dentist deputy designer developer devops dietitian director dispatcher doctor driver economist editor
educator electrician engineer engineering estimator examiner executive expert facilitator fellow foreman founder
freelancer freelance generalist geologist guard handler head helper lifeguard journeyman entertainer housekeeper
illustrator inspector installer instructor intern internship interpreter investigator janitor journalist lab laborer
lawyer lead leader lecturer librarian lieutenant linguist machinist manager marketer mechanic mentor merchandiser
midwife modeler modeller nurse nutritionist officer operative operator optician organizer owner paralegal paramedic
partner pharmacist photographer physician physicist physiotherapist pilot placement planner plumber postdoc
practitioner president principal producer professor programmer psychologist publisher purchaser quartermaster
radiographer realtor receptionist recruiter registrar rep rn lpn cna hygienist dealer representative reporter
researcher resident reviewer sales salesman salesperson scheduler scientist scrum secretary sergeant shift specialist
sre staff statistician steward strategist student superintendent supervisor surgeon surveyor sysadmin teacher
technician technologist teller tester therapist trader trainee trainer translator tutor typist underwriter vet
veterinarian vp waiter waitress warehouseman webmaster welder worker writer entwickler entwicklerin softwareentwickler
softwareentwicklerin ingenieur ingenieurin leiter leiterin berater beraterin kaufmann kauffrau krankenpfleger
krankenschwester pflegefachkraft pflegefachmann pflegefachfrau praktikant praktikantin werkstudent werkstudentin
mitarbeiter mitarbeiterin verkäufer verkäuferin vertriebsmitarbeiter aussendienst außendienst außendienstmitarbeiter
gesundheits- sachbearbeiter sachbearbeiterin teamleiter teamleiterin geschäftsführer développeur développeuse
ingénieur ingénieure infirmier infirmière responsable chargé chargée directeur directrice commercial commerciale
technicien technicienne stagiaire conseiller conseillère vendeur vendeuse aide-soignante desarrollador desarrolladora
ingeniero ingeniera enfermero enfermera gerente jefe jefa responsable comercial técnico técnica becario vendedor
vendedora analista programista programistka inżynier kierownik pielęgniarka pielęgniarz handlowiec specjalista
specjalistka starszy młodszy stażysta przedstawiciel doradca dyrektor ratownik
"""
_COMPANY_WORDS = """
inc incorporated corp corporation llc l.l.c ltd limited plc gmbh mbh ag kg kgaa ug se sa s.a sas sarl sl s.l slu bv
b.v nv n.v oy ab a/s aps srl s.r.l spa s.p.a pty pvt pte group holding holdings company co partners bank hospital
clinic klinik klinikum hôpital szpital trust nhs university universität college school institute institut laboratory
laboratories labs studio studios solutions systems technology technologies software consulting services industries
international associates ministry agency foundation centre center healthcare pharma logistics insurance airlines hotel
hotels store stores retail media network networks venture ventures capital energy foods motors
"""
_SCHOOL_WORDS = r"""
universit\w* uniwersytet\w* college collège school schule hochschule fachhochschule gymnasium institut\w* academy
akademi\w* académie academia polytechnic\w* politechnik\w* école ecole escuela facultad lycée liceum technikum szkoła
berufskolleg mit eth epfl iit nit agh tu fh ucla caltech lse
"""
# The short ones (MS, BA, AA ...) are words of other things too: they count only where a degree could end.
_DEGREE_WORDS = r"""
ph\.?\s?d\.? doctora\w* d\.?phil\.? mba m\.b\.a\.? master['’]?s? m\.?\s?sc\.? m\.?eng\.? m\.?\s?tech\.? m\.?phil\.?
m\.?pharm\.? m\.?arch\.? m\.?ed\.? mca bca
bba bachelor['’]?s? b\.?\s?sc\.? bsn b\.s\.n\.? msn b\.?eng\.? b\.?\s?tech\.? b\.?\s?com\.? m\.?\s?com\.? b\.?pharm\.?
b\.?arch\.? b\.?a\.?sc\.? b\.?ed\.? ll\.?[bm]\.?
adn dnp diploma? diplôme laurea degree(?=\sin) diplom(?:-\w+)? staatsexamen magister licencjat inżynier
licence(?=\s(?:en|de|professionnelle)) licenciatura licenciad[oa] grado máster maestría ingeniería abitur matura
baccalauréat bachillerato bts dut (?<![\w.'’]\s)high\sschool (?<![\w.'’]\s)secondary\sschool hsc sslc
btec(?:\shn[cd])? hnc g?nvq pg\s?dip\w* pgd\w{0,2} post[-\s]?graduate\sdiploma juris\sdoctor doctor\sof ged
a[-\s]levels gcses? hnd staatl\w* ausbildung
associate(?:['’]?s)?(?=\s(?:degree|of|in)) certificate(?=\s(?:in|of))
(?-i:M\.?S|M\.?A|B\.?S|B\.?A|B\.?E|A\.?A|A\.?S|J\.?D|M\.?D)\.?(?=[\s,)]|$)
"""


_GERMAN_ENDINGS = """
mitarbeiter leiter berater manager ingenieur entwickler techniker pfleger verkäufer mechaniker fahrer assistent arbeiter
meister
"""


def _any_of(words: str) -> str:
    return "|".join(sorted(words.split(), key=len, reverse=True))


_TITLE = re.compile(
    rf"(?<![\w-])(?:{_any_of(_TITLE_WORDS)})s?(?!\w)|\w(?:{_any_of(_GERMAN_ENDINGS)})(?:in|innen)?(?!\w)", re.IGNORECASE
)
_COMPANY = re.compile(
    rf"(?<!\w)(?:{_any_of(_COMPANY_WORDS.replace('.', '[.]'))}|sp\.?\s?z\s?o\.?\s?o|department of)(?!\w)\.?",
    re.IGNORECASE,
)
_SCHOOL = re.compile(rf"\b(?:{_any_of(_SCHOOL_WORDS)})\b", re.IGNORECASE)
_DEGREE = re.compile(rf"(?<![\w.])(?:{_any_of(_DEGREE_WORDS)})(?!\w)", re.IGNORECASE)


# "Provided maintenance of all cars", "Organising meetings": a deed, which heads no entry, unlike "Nursing Assistant".
_DEED = re.compile(
    r"(?:(?!(?:Regist|Licens|Certifi|Charter|Unit|Limit|Appli|Advanc|Alli|Associat|Relat|Contract|Retir|Consolidat|"
    r"Integrat|Engineer|Consult|Market|Nurs|Account|Teach|Advertis|Manufactur|Build|Train|Operat|Purchas|Test|Plann|"
    r"Programm|Bank|Publish|Recruit|Counsel|Hous|Work|Learn|Merchandis|Process|Visit|Morn|Even|Brook|Bo|Act|Fund|"
    r"Invest|Draft|Cater|Clean|Coach|Copywrit|Tutor|Writ|Edit|Pric|Network|Be|Rise|Mail|Lend|Schedul|Cloth|Wed|R|F|M|"
    r"Self|New)(?:ed|ing)\b)[A-Z][a-z]{2,}(?:ed|ing)|Led|Wrote|Taught|Built|Ran|Made|Held|Won|Gave|Oversaw|Set up|"
    r"Responsible for|Worked|Tutored|Edited|Tested|Planned|Programmed|Operated|Recruited|Trained|Acted|Purchased|"
    r"Processed|Marketed|Scheduled|Drafted|Invested|Coached|Cleaned|Integrated|Consolidated) "
    r"(?=[a-z0-9]|\S+ [a-z0-9(])"
)


def has_title_word(text: str) -> bool:
    """A job title's word, as in "Senior Backend Engineer"."""
    return _TITLE.search(text) is not None


def has_company_word(text: str) -> bool:
    return _COMPANY.search(text) is not None


def has_school_word(text: str) -> bool:
    return _SCHOOL.search(text) is not None


def degree_in(text: str) -> re.Match[str] | None:
    """The first degree a text names."""
    return _DEGREE.search(text)


def tells_deed(text: str) -> bool:
    """A line that begins with what somebody did: it heads no entry."""
    return _DEED.match(text) is not None
