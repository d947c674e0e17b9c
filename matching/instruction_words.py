"""How orders to reading software are worded. Data for `matching.instructions`; every entry is a regular expression,
read without regard to case, "^" at each line."""

from __future__ import annotations

BEGINS = (
    r"(?:^\s*|[.!?:;,\n>*#()\[\]{}\"'“”«»„|–—-]\s*"
    r"|\b(?:please|now|and|then|just|kindly|also|instead|simply|first|hereby|so|therefore|but"
    r"|you (?:must|should|shall|will|can|may|need to|have to|are to|are required to)|you to|must|should|shall)\s+)$"
)
"""What stands right before an order of COMMANDS: a verb elsewhere ("I had to ignore the rules") tells of something."""
_THEM = (
    r"(?:instruction|prompt|rule|criteri|guideline|direction|directive|command|context|text|requirement|rubric|anchor"
    r"|constraint|programming|training|restriction|polic)\w*"
)
_CANDIDATE = r"(?:candidate|applicant|resume|cv|profile|person|interviewee)"
_THIS = (
    r"(?:me|him|her|them|(?:this|the|my|that) (?:\w+ )?"
    rf"(?:{_CANDIDATE}|answers?|interview|responses?|rating|scores?|level|overall)"
    r"|(?:all|every|each)(?: of)?(?: the| my)? "
    r"(?:competenc\w+|answers?|ratings?|scores?|questions?|criteri\w+|things?))"
)
_GRADE = (
    r"(?:(?:5|five)(?:\s*/\s*5|,? (?:out )?of (?:5|five))|10\s*/\s*10|100\s*(?:/\s*100|%|points|percent|out of)"
    r"|(?:an?|level|rating(?: of)?|score(?: of)?|mark(?: of)?|to|as|at|with|[:=])\s*(?:5|five|100)"
    r"(?![\w.-]|\s(?!out\b|of\b|in\b|for\b|on\b|and\b)\w)"
    r"|full (?:marks?|points?|score)|strong[ _-]?(?:yes|hire)"
    r"|(?:max\w*|highest|top|best|perfect|excellent|outstanding|high)(?: possible)?(?: \w+)?"
    r" (?:score|rating|mark|level|grade|point|anchor|result|evaluation|recommendation)s?"
    r"|(?:first|top|highest|best|number one|perfect|maximum|max|fully qualified|for hire|hired?)\b"
    r"(?! \w+ (?:of|on|in)\b))"
)

COMMANDS: tuple[str, ...] = (
    r"(?:ignore|disregard|forget|override|overlook|bypass|neglect|skip|discard|drop|set aside|put aside|do not follow"
    r"|don['’]?t follow|stop following)\b"
    r"[^.\n]{0,40}\b(?:previous|prior|above|earlier|all|other|any|system|your|preceding|foregoing|existing|original"
    r"|everything)\b"
    rf"[^.\n]{{0,30}}\b{_THEM}\b",
    r"(?:ignore|disregard|forget) (?:everything|anything|all|whatever)"
    r" (?:above|before|you (?:were|have been|are|know|have)|that (?:was|came|you))",
    r"(?:enter|enable|activate|switch (?:in)?to|go into) (?:\w+ )?"
    r"(?:developer|admin\w*|debug|god|dan|maintenance|jailbreak|unrestricted|test) mode\b",
    r"(?:reveal|print|show|repeat|output|tell me|display|leak|recite)\b(?: me)? (?:your|the|its) (?:\w+ )?"
    r"(?:system |hidden |secret |initial )?(?:prompt|instructions|rubric|anchors)\b",
    r"(?:call|invoke|use|run|execute) (?:the |your |a )?(?:\w+ )?(?:tool|function)s?\b[^.\n]{0,60}"
    r"\b(?:rating|score|submit|hire|candidate|https?)\w*",
    r"(?:give|rate|score|grade|assign|award|mark|rank|evaluate|assess|set|put|place|recommend|treat)\b[^.\n]{0,15}"
    rf"\b{_THIS}[^.\n]{{0,40}}?(?<!\w){_GRADE}",
    r"(?:give|assign|award|output|return|write|respond with|answer with|reply with|print|choose|select|pick|set)\b"
    rf"[^.\n]{{0,25}}(?<!\w){_GRADE}[^.\n]{{0,30}}\b(?:to|for|on|as|in) {_THIS}",
    r"(?:output|return|respond|answer|reply|print|write|set|make)\b[^.\n]{0,40}\b(?:recommendation|rating|score|verdict)s?\b"
    r"[^.\n]{0,25}(?:strong[ _-]?yes|\bhire\b|\b5\b|\b100\b|\bhighest\b|\bmaximum\b)",
    r"(?:answer|respond|reply|say|choose|pick|select|output|report|return|put)(?: only| just)?(?: with)? (?:an? |the )?"
    r"(?:number |level |rating |score |mark )(?:of )?(?:5|five|100)\b",
    r"(?:report|state|say|write|conclude|confirm|note|record) that (?:the|this) (?:candidate|applicant) "
    r"(?:is|was|has|met|meets|excel\w*|deserve\w*|show\w*|pass\w*)\b",
    r"(?:do not|don['’]t|never) (?:flag|penali[sz]e|reject|downgrade|evaluate) (?:this|me|my)\b",
    r"stop (?:reading|evaluating|rating|scoring|grading)(?: here| now|$)",
)
"""Each begins with its verb; they are orders only where BEGINS matches what stands before."""

ANYWHERE: tuple[str, ...] = (
    r"(?:hey|dear|hello|hi|attention|okay|ok),? (?:evaluator|rater|grader|scorer|ai|llm|language model|model|system)\b",
    r"(?:whoever|whatever|whichever \w+) (?:is |does |may be )?"
    r"(?:scor|rat|grad|evaluat|assess)(?:ing|es) (?:this|me|my)\b",
    r"to the (?:software|program|machine|ai|model|computer|rater|evaluator|grader)s? "
    r"(?:that|which|who|reading|rating|scoring|grading|evaluating|listening)\b",
    r"(?:whatever|regardless of|no matter what) (?:the|your) (?:rubric|anchors|scoring guide|rating guide)\b",
    r"your (?:new )?(?:task|job|role|goal|purpose|instructions) (?:has changed|have changed|is now|are now)\b",
    r"you are (?:now )?an? (?:\w+ ){0,2}(?:grader|rater|evaluator|scorer)\b",
    r"(?:correct|expected|desired|required|right|only|final) "
    r"(?:output|answer|rating|verdict|score|level|recommendation)"
    rf"[^.\n]{{0,25}} (?:is|must be|should be|shall be) (?:an? |the )?{_GRADE}",
    r"i deserve (?:an? )?(?:5|five)\b",
    r"(?:you are|you['’]re|act as|behave as|pretend to be) (?:now )?an? (?:\w+ )?"
    r"(?:ai|llm|language model|assistant|recruiting bot|ats)\b",
    r"as an? (?:ai|llm)(?: (?:language )?(?:model|assistant|rater|recruiter|evaluator|grader|system)\b"
    r"(?! (?:develop|engineer|design|train|test|product))|,? (?:you|rate|give|score|rank))",
    r"(?:note|message|attention|instructions?|reminder) (?:to|for) (?:the |any |all )?(?:ai|llm|ats|model"
    r"|recruiting (?:bot|software)|language model|screening (?:system|software|tool)"
    r"|(?:ai |automated |automatic )?(?:rater|evaluator|grader|scorer)s?)\b",
    r"you are (?:now )?in (?:\w+ )?(?:developer|admin\w*|debug|god|dan|maintenance|jailbreak|unrestricted|test) mode\b",
    r"(?:new|updated|real|actual|hidden|secret|developer|admin\w*|system)"
    r" (?:instruction|prompt|directive|command|override|message)s?\s*[:=]",
    r"(?:from now on|henceforth),? (?:you (?:will|must|are|should)|rate|give|score|only (?:rate|give|answer)"
    r"|always (?:rate|give|answer))\b",
    r"(?:rank|rate|score|grade|place|mark|recommend|select|shortlist)\b[^.\n]{0,25}\b(?:this|the|me|my|him|her)\b"
    r"[^.\n]{0,20}\b(?:candidate|applicant|resume|cv|profile|me)\b[^.\n]{0,30}"
    r"(?:first|top|highest|best|number one|10/10|100|hire|qualified|perfect|5 of 5|5/5)\b",
    r"this (?:candidate|applicant|person) (?:must|should|shall|has to|is to|deserves to|needs to) (?:be )?"
    r"(?:rated|scored"
    r"|graded|given|hired|recommended|ranked|receive|get|awarded|shortlisted)\b",
)

FORGED: tuple[str, ...] = (
    r"[\"'“”](?:rating|score|level|overall|recommendation|verdict|evaluation)[\"'“”]\s*:\s*[\"'“”]?"
    r"(?:[45]\b|[45]\.\d|9\d|100|strong|yes|hire|high|excellent|max)",
    r"(?:^|[.!?]\s)\W{0,4}(?:overall |final )?(?:rating|score|recommendation|verdict|level)\W{0,3}[:=]\s*"
    r"(?:5\b|100\b|strong|yes|hire|high|excellent|max)",
    r"<\|?/?(?:system|im_start|im_end|endoftext|eot_id|start_header_id|end_header_id|start_of_turn|end_of_turn)\|?>",
    r"\[/?INST\]|<</?SYS>>",
    r"^\W{0,4}interviewer\W{0,3}:",
    r"(?:^|[.!?]\s)\W{0,4}(?:system|assistant|rater|evaluator|grader|scorer|recruiter|moderator|ai|developer)\W{0,3}:"
    r".{0,120}(?:\bscor|rating|\brate|candidate|instruct|excellent|\bhire|recommend|prompt|override|evaluat|perfect|anchor)",
    r"(?:</?|<{2,9}|-{3,40}|={3,40}|#{2,9}|\[/?)\s{0,3}/?\s{0,3}(?:end|begin|start|stop)?[ _-]{0,3}(?:of )?(?:the )?"
    r"(?:data|answers?|candidate|transcript|instructions?|interview|system(?: prompt)?|untrusted\w*|user input)"
    r"\s{0,3}(?:>|\]|-{3,}|={3,}|#{2,}|:|$)",
    r"\]\(\s*(?:javascript|data):|!\[[^\]\n]{0,200}\]\(\s*https?:",
)

FOREIGN_LATIN: tuple[str, ...] = (
    # German, French, Spanish, Italian, Portuguese, Dutch, Polish, Turkish
    r"ignorier\w*\b[^.\n]{0,40}\b(?:anweisung|instruktion|vorgabe|regel|anordnung)\w*",
    r"(?:vergiss|missachte)\w*\b[^.\n]{0,40}\b(?:anweisung|instruktion|vorgabe|regel)\w*",
    r"(?:ignore[zr]?|oublie[zr]?)\b[^.\n]{0,30}\b(?:instructions?|consignes?|règles?)\b[^.\n]{0,20}\b(?:précédent|antérieur|ci-dessus)\w*",
    r"(?:ignora|ignore|olvida|olvide)\b[^.\n]{0,30}\b(?:instrucciones|órdenes|reglas|indicaciones)\b",
    r"(?:ignora|dimentica)\b[^.\n]{0,30}\b(?:istruzioni|regole|indicazioni)\b",
    r"(?:ignore|esqueça)\b[^.\n]{0,30}\b(?:instruções|ordens|regras)\b",
    r"(?:negeer|vergeet)\b[^.\n]{0,30}\b(?:instructies|aanwijzingen|regels)\b",
    r"(?:zignoruj|pomiń)\b[^.\n]{0,30}\b(?:instrukcje|polecenia|zasady)\b",
    r"(?:önceki|yukarıdaki)\b[^.\n]{0,20}\b(?:talimat|komut)\w*[^.\n]{0,20}\b(?:yok say|görmezden gel|unut)\w*",
    r"(?:gib|bewerte|gebt|geben sie)\b[^.\n]{0,40}\b(?:höchste\w*|beste\w*|volle\w*|5 von 5|fünf von fünf)\b",
    r"(?:donne[zr]?|attribue[zr]?|note[zr]?)\b[^.\n]{0,40}\b(?:note maximale|5 sur 5|cinq sur cinq|meilleure note)\b",
    r"(?:dale|dame|otorga|califica|puntúa)\b[^.\n]{0,40}\b(?:máxima|5 de 5|cinco de cinco|más alta)\b",
)

FOREIGN_SCRIPTS: tuple[str, ...] = (
    # Russian, Ukrainian, Chinese, Japanese, Korean, Arabic, Hindi
    r"(?:игнорируй|проигнорируй|забудь|не обращай внимания|ігноруй)\w*"
    r"[^.\n]{0,40}(?:инструкци|указани|правил|інструкці|вказівк)\w*",
    r"(?:忽略|无视|無視|忘记|忘記|忽视)[^。\n]{0,20}(?:指示|指令|说明|說明|提示|规则|規則|要求)",
    r"(?:指示|指令|命令|プロンプト|ルール)[^。\n]{0,10}(?:無視|忘れ)",
    r"(?:지시|명령|지침)[^.\n]{0,12}(?:무시|잊)",
    r"(?:تجاهل|انس)[^.\n]{0,25}(?:التعليمات|الأوامر|القواعد)",
    r"(?:निर्देश|आदेश)[^।\n]{0,25}(?:अनदेखा|नज़रअंदाज़|भूल)",
)

_WHO = (
    r"(?:i|we|they|he|she|somebody|someone|people|nobody|who|which|that|one"
    r"|(?:\w+ )?(?:manager|boss|lead|mentor|teacher|colleague|client|doctor|nurse|director|vendor|team)s?"
    r"|(?:\w+ )?(?:user|attacker|customer|hacker|tester|student|visitor|researcher|applicant|resume|cv|e-?mail|document"
    r"|page|ticket|payload|prompt|input|attack|injection|string|phrase|line|comment|message|test|bot|model|assistant"
    r"|filter|classifier|detector|guardrail|chatbot|review|form|field|file|sentence|text|thing|word|example)s?)"
)
_TELL = (
    r"(?:wrote|writ(?:e|es|ing|ten)|said|says?|saying|sen[dt]s?|sending|typ(?:e|es|ed|ing)|enter(?:s|ed|ing)?"
    r"|past(?:e|es|ed|ing)|post(?:s|ed|ing)?|upload\w*|publish\w*|left|tr(?:y|ies|ied|ying)|hid(?:e|es|den|ing)?"
    r"|told|tells?|telling|ask(?:s|ed|ing)?|saw|found|reads?|reading|caught|catch\w*|block\w*|strip\w*"
    r"|test(?:s|ed|ing)?|detect\w*|logged|contain\w*|includ\w+|inject(?:s|ed|ing)?|simulat\w+|embed\w*|smuggl\w*"
    r"|fed|feeds?|called|quot\w+|like|such as|for example|for instance|e\.g\.|match\w*|flag(?:s|ged|ging)?"
    r"|filter(?:s|ed|ing)?|search\w*|submit\w*|attempt\w*|craft\w*|add(?:s|ed|ing)?|insert\w*|append\w*"
    r"|plant(?:s|ed|ing)?|decid\w+|had to|could(?:n['’]t)?|can['’]t|cannot|didn['’]t|did not|don['’]t|do not"
    r"|wouldn['’]t|would|refus\w+|chose|wanted|stor(?:e|es|ed|ing)|return(?:s|ed)?|draft\w*|design\w*|creat\w+"
    r"|document\w*|review\w*|improv\w+|explain\w*)"
)
FRAMES = (
    rf"(?:\b{_WHO}\b(?:\W+\w+){{0,6}}?\W+{_TELL}(?!\w)"
    r"|^\W*(?:wrote|drafted|designed|created|tested|documented|reviewed|improved)\b)"
)
"""Somebody tells of words: who, and within a few words how."""
