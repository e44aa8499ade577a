"""Who runs mail for others: services anybody rents in minutes, and services that only hand mail on."""

# Domains under which everybody gets an address that hands mail on.
_FORWARDING_DOMAINS = """
    33mail.com addy.io aleeas.com anonaddy.com anonaddy.me burnermail.io dralias.com duck.com erine.email fastalias.com
    firefoxmail.com forwardemail.net mozmail.com passinbox.com passmail.com passmail.net privaterelay.appleid.com
    relay.firefox.com simplelogin.co simplelogin.com simplelogin.fr simplelogin.io slmail.me slmails.com silomails.com
    spamgourmet.com
"""
FORWARDING_DOMAINS = frozenset(_FORWARDING_DOMAINS.split())

# Mail servers (and all below these names) that take mail for a domain and hand it on.
FORWARDERS = {
    "improvmx.com": "ImprovMX",
    "forwardemail.net": "Forward Email",
    "simplelogin.co": "SimpleLogin",
    "addy.io": "addy.io",
    "anonaddy.me": "addy.io",
    "mx.cloudflare.net": "Cloudflare Email Routing",
    "registrar-servers.com": "Namecheap's forwarding",
    "forwardmx.io": "ForwardMX",
    "forwardmx.net": "ForwardMX",
    "mailwip.com": "Mailwip",
    "hanami.run": "Mailwip",
    "pobox.com": "Pobox",
    "porkbun.com": "Porkbun's forwarding",
    "googledomains.com": "Google Domains' forwarding",
    "burnermail.io": "Burner Mail",
    "duck.com": "DuckDuckGo",
    "mailgun.org": "Mailgun",
    "inbound-smtp.us-east-1.amazonaws.com": "Amazon SES",
    "inbound-smtp.us-west-2.amazonaws.com": "Amazon SES",
    "inbound-smtp.eu-west-1.amazonaws.com": "Amazon SES",
}

# Mail hosts for private people and small shops: cheap, quick, and asked for nothing.
CONSUMER_HOSTS = {
    "gmail-smtp-in.l.google.com": "Gmail",
    "mail.icloud.com": "iCloud",
    "yahoodns.net": "Yahoo",
    "yandex.net": "Yandex",
    "yandex.ru": "Yandex",
    "mail.ru": "Mail.ru",
    "protonmail.ch": "Proton",
    "tutanota.de": "Tuta",
    "zoho.com": "Zoho",
    "zoho.eu": "Zoho",
    "zoho.in": "Zoho",
    "messagingengine.com": "Fastmail",
    "mailbox.org": "mailbox.org",
    "migadu.com": "Migadu",
    "privateemail.com": "Namecheap",
    "secureserver.net": "GoDaddy",
    "titan.email": "Titan",
    "hostinger.com": "Hostinger",
    "ionos.com": "IONOS",
    "ionos.de": "IONOS",
    "ionos.co.uk": "IONOS",
    "kundenserver.de": "IONOS",
    "1and1.com": "IONOS",
    "strato.de": "Strato",
    "ovh.net": "OVH",
    "gandi.net": "Gandi",
    "one.com": "one.com",
    "hostgator.com": "HostGator",
    "bluehost.com": "Bluehost",
    "dreamhost.com": "DreamHost",
    "qq.com": "QQ",
    "mxhichina.com": "Aliyun",
    "purelymail.com": "Purelymail",
    "wixemails.com": "Wix",
    "web-hosting.com": "Namecheap",
}

# Hosts that agencies use as well as everybody else: named, and nothing more.
BUSINESS_HOSTS = {
    "mail.protection.outlook.com": "Microsoft 365",
    "mx.microsoft": "Microsoft 365",
    "google.com": "Google Workspace",
    "googlemail.com": "Google Workspace",
    "mimecast.com": "Mimecast",
    "pphosted.com": "Proofpoint",
    "ppe-hosted.com": "Proofpoint",
    "messagelabs.com": "Symantec",
    "barracudanetworks.com": "Barracuda",
    "iphmx.com": "Cisco",
    "hornetsecurity.com": "Hornetsecurity",
    "trendmicro.com": "Trend Micro",
    "fireeyecloud.com": "Trellix",
}


def forwarder(host: str) -> str:
    """Return the service that hands on mail for this mail server, or nothing."""
    return _named(host, FORWARDERS)


def consumer_host(host: str) -> str:
    """Return the mail service for private people that this mail server belongs to, or nothing."""
    return _named(host, CONSUMER_HOSTS)


def business_host(host: str) -> str:
    """Return the mail service for organisations that this mail server belongs to, or nothing."""
    return "" if consumer_host(host) else _named(host, BUSINESS_HOSTS)


def _named(host: str, names: dict[str, str]) -> str:
    labels = host.lower().rstrip(".").split(".")
    return next((names[name] for start in range(len(labels)) if (name := ".".join(labels[start:])) in names), "")
