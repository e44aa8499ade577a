"""Mail services anybody can join: an address there says nothing about an office."""

# Names that the service uses under many endings (yahoo.com, yahoo.co.uk); compared with the registered name.
BRANDS = frozenset(
    {
        "aol", "fastmail", "gmail", "gmx", "googlemail", "hotmail", "hushmail", "icloud", "outlook", "protonmail",
        "rediffmail", "rocketmail", "tutanota", "yahoo", "yandex", "ymail", "zohomail",
    }
)  # fmt: skip

_NAMES = """
    126.com 163.com 139.com 189.cn aim.com alice.it aliyun.com arcor.de att.net bellsouth.net bigmir.net bigpond.com
    bk.ru bluewin.ch bol.com.br btinternet.com btopenworld.com cantv.net centrum.cz charter.net comcast.net cox.net
    daum.net docomo.ne.jp duck.com earthlink.net email.com email.cz ezweb.ne.jp fastmail.fm foxmail.com free.fr
    freemail.hu freenet.de gmx.net hanmail.net hetnet.nl hey.com home.nl hotmail.co.uk i.ua iafrica.com ig.com.br
    iinet.net.au inbox.com inbox.lv inbox.ru interia.pl internode.on.net juno.com keemail.me kolabnow.com kpnmail.nl
    laposte.net libero.it list.ru live.at live.be live.ca live.co.uk live.co.za live.com live.com.au live.com.mx
    live.com.my live.com.pt live.com.sg live.de live.dk live.fi live.fr live.hk live.ie live.in live.it live.jp live.nl
    live.no live.ru live.se live.cn mac.com mail.bg mail.com mail.de mail.ee mail.ru mailbox.org mailfence.com me.com
    meta.ua mozmail.com msn.com mweb.co.za nate.com naver.com neuf.fr ntlworld.com o2.pl online.de online.no onet.eu
    onet.pl op.pl optonline.net optusnet.com.au orange.fr passport.com planet.nl pm.me poczta.onet.pl posteo.de
    privaterelay.appleid.com prodigy.net.mx proton.me qq.com quicknet.nl rambler.ru rogers.com runbox.com sapo.pt
    sbcglobal.net seznam.cz sfr.fr shaw.ca simplelogin.com sina.cn sina.com sky.com skynet.be sohu.com softbank.ne.jp
    startmail.com sympatico.ca t-online.de talktalk.net telenet.be telia.com telus.net terra.com.br tin.it tiscali.co.uk
    tiscali.it tom.com tuta.com tuta.io tutamail.com ukr.net unitybox.de uol.com.br usa.com usa.net verizon.net
    videotron.ca virgilio.it virgin.net virginmedia.com vodafone.it vodamail.co.za volny.cz wanadoo.fr web.de wp.pl
    xs4all.nl xtra.co.nz yeah.net zoho.com zoho.eu zonnet.nl
"""

DOMAINS = frozenset(_NAMES.split())
