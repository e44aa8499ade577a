"""Mail services anybody can join: an address there says nothing about an office."""

# Names that the service uses under many endings (yahoo.com, yahoo.co.uk); compared with the registered name.
BRANDS = frozenset(
    {
        "aol", "fastmail", "gmail", "gmx", "googlemail", "hotmail", "hushmail", "icloud", "outlook", "protonmail",
        "rediffmail", "rocketmail", "tutanota", "yahoo", "yandex", "ymail", "zohomail",
    }
)  # fmt: skip

_NAMES = """
    126.com 139.com 163.com 189.cn 263.net abv.bg aim.com alice.it aliceadsl.fr aliyun.com aon.at arcor.de arnet.com.ar
    atlas.cz att.net autistici.org azet.sk bbox.fr bellsouth.net biglobe.ne.jp bigmir.net bigpond.com bk.ru bluewin.ch
    blueyonder.co.uk bol.com.br bredband.net btinternet.com btopenworld.com cantv.net centrum.cz centrum.sk charter.net
    chello.at chello.nl citromail.hu clear.net.nz clix.pt club-internet.fr cock.li comcast.net comhem.se consultant.com
    cox.net ctemplar.com cyberservices.com daum.net diplomats.com disroot.org docomo.ne.jp dodo.com.au dr.com duck.com
    earthlink.net eircom.net email.com email.cz email.it engineer.com europe.com excite.com ezweb.ne.jp fastmail.fm
    fibertel.com.ar foxmail.com free.fr freeler.nl freemail.hu freenet.de globo.com gmx.net hanmail.net hetnet.nl
    hey.com hinet.net hispeed.ch home.nl hotmail.co.uk hush.ai hush.com i.ua iafrica.com ig.com.br iinet.net.au
    inbox.com inbox.eu inbox.lv inbox.ru indamail.hu indiatimes.com interia.pl internode.on.net iol.pt juno.com
    kakao.com keemail.me kolabnow.com kolumbus.fi kpnmail.nl kpnplanet.nl laposte.net lawyer.com legislator.com
    libero.it list.ru live.at live.be live.ca live.cl live.cn live.co.uk live.co.za live.com live.com.ar live.com.au
    live.com.mx live.com.my live.com.pt live.com.sg live.de live.dk live.fi live.fr live.hk live.ie live.in live.it
    live.jp live.nl live.no live.ru live.se luukku.com lycos.com mac.com mail.bg mail.com mail.de mail.dk mail.ee
    mail.ru mailbox.org mailfence.com mailo.com me.com meta.ua mozmail.com msn.com mweb.co.za mynet.com myyahoo.com
    nate.com naver.com net.hr netcabo.pt netcourrier.com netscape.net netvigator.com neuf.fr nifty.com nordnet.fr
    ntlworld.com numericable.fr o2.pl onet.eu onet.pl online.de online.no onmail.com ono.com op.pl optonline.net
    optusnet.com.au orange.fr otenet.gr pacific.net.sg paradise.net.nz passmail.net passport.com planet.nl pldt.net
    pm.me poczta.onet.pl post.com post.cz posteo.de privaterelay.appleid.com prodigy.net.mx proton.me qq.com
    quicknet.nl r7.com rambler.ru rediff.com riseup.net rogers.com runbox.com safe-mail.net sapo.pt sbcglobal.net
    scarlet.be seznam.cz sfr.fr shaw.ca sify.com simnet.is simplelogin.com sina.cn sina.com singnet.com.sg skiff.com
    sky.com skynet.be softbank.ne.jp sohu.com speedy.com.ar spray.se starhub.net.sg startmail.com streamyx.com
    suomi24.fi sympatico.ca t-online.de t-online.hu talktalk.net techie.com tele2.nl tele2.se telefonica.net telenet.be
    telia.com telkomsa.net telus.net terra.com.br terra.es tin.it tiscali.co.uk tiscali.fr tiscali.it tom.com
    tpg.com.au tuta.com tuta.io tutamail.com ukr.net une.net.co unitybox.de uol.com.br upcmail.nl usa.com usa.net
    verizon.net videotron.ca virgilio.it virgin.net virginmedia.com vivaldi.net vodafone.it vodamail.co.za volny.cz
    vtr.net walla.co.il walla.com wanadoo.es wanadoo.fr web.de webmail.co.za wp.pl wxs.nl xs4all.nl xtra.co.nz yeah.net
    ziggo.nl zipmail.com.br zoho.com zoho.eu zoho.in zonnet.nl zoznam.sk
"""

DOMAINS = frozenset(_NAMES.split())
