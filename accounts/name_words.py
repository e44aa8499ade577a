"""Words in the names of offices and of those who imitate them, for comparing domains. All in small letters."""

# What many agencies are called: two that share one of these have nothing in common.
_GENERIC = """
    administration aduana agency attorney bund carabinieri city constabulary county court courts crime custom
    customs cyber cybercrime da defence defense department departement district domstol domstole douane federal
    finance financial fiscal fraud gendarmerie general giustizia government guardia home info int interior
    investigation investigations judiciary justice just justica justicia justiz law legal mail ministry minister mil
    mpf national nationale office officer pd pol polic polici policia policie policija policja police polisen politi
    politie politia politiet politsei polizei polizia polis prokuratura prokuraturos prokuratuur prosecution
    prosecutor public rijk safety security service services sheriff special state system systems tax town treasury
    unit village zoll
"""
GENERIC = frozenset(_GENERIC.split())

# First labels of endings that only a government gets (gov.uk, gob.mx), as far as nobody else has a use for them.
GOVERNMENT = frozenset({"gc", "gob", "gouv", "gov", "govt", "gub"})

# Where police.<country> is an ending that only the police get.
POLICE_COUNTRIES = frozenset({"uk"})

# What stands beside a stolen name so that it looks official, or like a way in.
_AUTHORITY = """
    cid constabulary customs cyber cybercrime department dept detectives div force fraud gob gouv gov government govt hq
    int int'l international justice le legal mil office officer official officials pd police policia polizei politie
    sheriff state
"""
_TECHNICAL = """
    account accounts access admin app auth cloud com connect contact desk direct docs email eu help id info inbox intl
    lers link log login mail mailbox mx my net new on online org page portal secure security service services sign
    signin site sso status support system team the verify vpn web webmail website ww www www1 www2
"""
AUTHORITY = frozenset(_AUTHORITY.split())
ADDITIONS = AUTHORITY | frozenset(_TECHNICAL.split())

# Beside the name of a town's or county's web site, where the force's own name often stands next to it.
_WEAK = "com eu gov government govt gob gouv int mail net official org us usa uk www"
WEAK_ADDITIONS = frozenset(_WEAK.split())

_COUNTRY_CODES = """
    ac ad ae af ag ai al am ao ar at au aw az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz ca cd cf cg ch ci ck
    cl cm cn co cr cu cv cw cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fm fo fr ga gb gd ge gg gh gi gl gm gn gq
    gr gt gu gw gy hk hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li
    lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mr mt mu mv mw mx my mz na ne ng ni nl no np nr nz om pa pe pf
    pg ph pk pl pr ps pt pw py qa ro rs ru rw sa sb sc sd se sg si sk sl sm sn so sr ss st sv sy sz tc td tg th tj tl tm
    tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu ws xk ye za zm zw usa
"""
COUNTRY_CODES = frozenset(_COUNTRY_CODES.split())

# Of these, those that are sold to everybody everywhere.
_SOLD = "ag ai cc co eu fm gg io la me nu pw sh tk to tv us vc ws"
SOLD_CODES = frozenset(_SOLD.split())
