"""The words of a letter in the languages that officers are written to. English stands where there is no other.

Keys are the English words, so that a text nobody has translated yet is said in English and marked as such.
"""

from collections.abc import Mapping
from datetime import date

from django.utils import translation
from django.utils.dateformat import format as format_date

from foundation.notifications.languages import ENGLISH, LANGUAGES
from requests_app.notice_words import AFTER_WORDS, AUTHORITY_TELLS, BEFORE_WORDS

_ORDER = tuple(code for code in LANGUAGES if code != ENGLISH)

# German, French, Spanish, Brazilian Portuguese, in the order of LANGUAGES.
_WORDS: Mapping[str, tuple[str, str, str, str]] = {
    "Government requests": ("Behördenanfragen", "Demandes des autorités", "Solicitudes de autoridades",
        "Solicitações de autoridades"),
    "page": ("Seite", "page", "página", "página"),
    "of": ("von", "sur", "de", "de"),
    "Made {made}": ("Erstellt {made}", "Établi le {made}", "Hecho el {made}", "Feito em {made}"),
    "Check: {address}/verify, code": ("Prüfen: {address}/verify, Code", "Vérifier : {address}/verify, code",
        "Comprobar: {address}/verify, código", "Verificar: {address}/verify, código"),
    "Your case": ("Ihr Aktenzeichen", "Votre dossier", "Su expediente", "Seu processo"),
    "Your order:": ("Ihre Anordnung:", "Votre ordonnance :", "Su orden:", "Sua ordem:"),
    "Our decision on your request": ("Unsere Entscheidung über Ihre Anfrage", "Notre décision sur votre demande",
        "Nuestra decisión sobre su solicitud", "Nossa decisão sobre sua solicitação"),
    "We give you the records you asked for.": ("Sie erhalten die angeforderten Daten.",
        "Nous vous remettons les données demandées.", "Le entregamos los datos solicitados.",
        "Entregamos os dados solicitados."),
    "We give you part of the records you asked for.": ("Sie erhalten einen Teil der angeforderten Daten.",
        "Nous vous remettons une partie des données demandées.", "Le entregamos una parte de los datos solicitados.",
        "Entregamos uma parte dos dados solicitados."),
    "We searched and found no records.": ("Wir haben gesucht und keine Daten gefunden.",
        "Nous avons cherché et n'avons trouvé aucune donnée.", "Hemos buscado y no hemos encontrado datos.",
        "Procuramos e não encontramos dados."),
    "We decided on your request.": ("Wir haben über Ihre Anfrage entschieden.",
        "Nous avons statué sur votre demande.", "Hemos decidido sobre su solicitud.",
        "Decidimos sobre sua solicitação."),
    "They are in the portal for {days} days from the day we tell you that they are ready.": (
        "Sie liegen {days} Tage im Portal, von dem Tag an, an dem wir Ihnen mitteilen, dass sie bereit sind.",
        "Elles restent sur le portail {days} jours à compter du jour où nous vous annonçons qu'elles sont prêtes.",
        "Están en el portal {days} días desde el día en que le avisamos de que están listos.",
        "Ficam no portal por {days} dias a partir do dia em que avisamos que estão prontos."),
    "This letter goes with package {number} of our answer to request {reference}.": (
        "Dieses Schreiben gehört zu Paket {number} unserer Antwort auf die Anfrage {reference}.",
        "Cette lettre accompagne le lot {number} de notre réponse à la demande {reference}.",
        "Esta carta acompaña al paquete {number} de nuestra respuesta a la solicitud {reference}.",
        "Esta carta acompanha o pacote {number} da nossa resposta à solicitação {reference}."),
    "Further records follow in another package, with a letter of its own.": (
        "Weitere Daten folgen in einem anderen Paket mit eigenem Schreiben.",
        "D'autres données suivent dans un autre lot, avec sa propre lettre.",
        "Otros datos siguen en otro paquete, con su propia carta.",
        "Outros dados seguem em outro pacote, com carta própria."),
    "It is the last one: on the day of this letter nothing else that was granted is to follow.": (
        "Es ist das letzte: am Tag dieses Schreibens steht nichts Bewilligtes mehr aus.",
        "C'est le dernier : au jour de cette lettre, rien d'autre de ce qui a été accordé ne doit suivre.",
        "Es el último: en la fecha de esta carta no queda por seguir nada más de lo concedido.",
        "É o último: na data desta carta, nada mais do que foi concedido está por seguir."),
    "What we decided": ("Was wir entschieden haben", "Ce que nous avons décidé", "Lo que hemos decidido",
        "O que decidimos"),
    "You named": ("Sie nannten", "Vous avez indiqué", "Usted indicó", "Você indicou"),
    "Records": ("Daten", "Données", "Datos", "Dados"),
    "Period (UTC)": ("Zeitraum (UTC)", "Période (UTC)", "Período (UTC)", "Período (UTC)"),
    "Decision": ("Entscheidung", "Décision", "Decisión", "Decisão"),
    "Account": ("Konto", "Compte", "Cuenta", "Conta"),
    "{first} to {last}": ("{first} bis {last}", "du {first} au {last}", "{first} a {last}", "{first} a {last}"),
    "Given": ("Erteilt", "Remis", "Entregado", "Entregue"),
    "Not given": ("Nicht erteilt", "Non remis", "No entregado", "Não entregue"),
    "No records found": ("Keine Daten gefunden", "Aucune donnée trouvée", "Sin datos", "Nenhum dado encontrado"),
    "Not decided yet": ("Noch nicht entschieden", "Pas encore décidé", "Aún sin decidir", "Ainda não decidido"),
    "Exported again.": ("Erneut ausgegeben.", "Exporté de nouveau.", "Exportado de nuevo.", "Exportado novamente."),
    "Telling the account holder.": ("Benachrichtigung der Kontoinhaber.", "Information du titulaire du compte.",
        "Aviso al titular de la cuenta.", "Aviso ao titular da conta."),
    "Your order forbids us to tell the account holder.": (
        "Ihre Anordnung verbietet uns, die Kontoinhaber zu benachrichtigen.",
        "Votre ordonnance nous interdit d'informer le titulaire du compte.",
        "Su orden nos prohíbe avisar al titular de la cuenta.",
        "Sua ordem nos proíbe de avisar o titular da conta."),
    "Your order forbids us to tell the account holder until {day}.": (
        "Ihre Anordnung verbietet uns bis {day}, die Kontoinhaber zu benachrichtigen.",
        "Votre ordonnance nous interdit d'informer le titulaire du compte jusqu'au {day}.",
        "Su orden nos prohíbe avisar al titular de la cuenta hasta el {day}.",
        "Sua ordem nos proíbe de avisar o titular da conta até {day}."),
    BEFORE_WORDS: (
        ("Wir benachrichtigen Kontoinhaber, bevor Daten hinausgehen, soweit nichts es verbietet oder später verlangt. "
        "Ob oder wann wir es taten, sagen wir nicht."),
        ("Nous informons les titulaires avant la remise des données, sauf si quelque chose l'interdit ou le diffère. "
        "Nous ne disons ni si ni quand nous l'avons fait."),
        ("Avisamos a los titulares antes de entregar los datos, salvo que algo lo prohíba o lo aplace. "
        "No decimos si lo hicimos ni cuándo."),
        ("Avisamos os titulares antes de entregar os dados, salvo se algo o proibir ou adiar. "
        "Não dizemos se o fizemos nem quando.")),
    AFTER_WORDS: (
        ("Dies ist ein Notfall: wir benachrichtigen Kontoinhaber, nachdem Daten hinausgegangen sind, soweit nichts es "
        "verbietet. Ob oder wann wir es taten, sagen wir nicht."),
        ("Il s'agit d'une urgence : nous informons les titulaires après la remise des données, sauf interdiction. "
        "Nous ne disons ni si ni quand nous l'avons fait."),
        ("Es una emergencia: avisamos a los titulares después de entregar los datos, salvo que algo lo prohíba. "
        "No decimos si lo hicimos ni cuándo."),
        ("É uma emergência: avisamos os titulares depois de entregar os dados, salvo se algo o proibir. "
        "Não dizemos se o fizemos nem quando.")),
    AUTHORITY_TELLS: (
        "Wir benachrichtigen die Kontoinhaber nicht. Das Gesetz überlässt das der Behörde: {law}.",
        "Nous n'informons pas le titulaire. La loi laisse cela à l'autorité : {law}.",
        "No avisamos al titular. La ley deja eso a la autoridad: {law}.",
        "Não avisamos o titular. A lei deixa isso à autoridade: {law}."),
    "Ground.": ("Grund.", "Fondement.", "Fundamento.", "Fundamento."),
    "We answer because your legal process binds us, as {entity}.": (
        "Wir antworten als {entity}, weil Ihre Anordnung uns bindet.",
        "Nous répondons parce que votre acte nous oblige, en tant que {entity}.",
        "Respondemos porque su orden nos obliga, como {entity}.",
        "Respondemos porque sua ordem nos obriga, como {entity}."),
    "We answer voluntarily, on your legal process, as {entity}.": (
        "Wir antworten freiwillig auf Ihre Anordnung, als {entity}.",
        "Nous répondons volontairement à votre acte, en tant que {entity}.",
        "Respondemos voluntariamente a su orden, como {entity}.",
        "Respondemos voluntariamente à sua ordem, como {entity}."),
    "We answer because the law on emergencies that you named binds us, as {entity}.": (
        "Wir antworten als {entity}, weil das von Ihnen genannte Gesetz über Notfälle uns bindet.",
        "Nous répondons, en tant que {entity}, car la loi sur les urgences que vous citez nous oblige.",
        "Respondemos, como {entity}, porque la ley de emergencias que usted citó nos obliga.",
        "Respondemos, como {entity}, porque a lei de emergências que você citou nos obriga.",
    ),
    "We answer voluntarily, as {entity}, because you stated that a person is in imminent danger. We give only "
    "what helps to avert it.": (
        "Wir antworten freiwillig, als {entity}, weil Sie eine unmittelbare Gefahr für einen Menschen angaben.",
        "Nous répondons volontairement, en tant que {entity}, car vous déclarez une personne en danger imminent.",
        "Respondemos voluntariamente, como {entity}, porque usted declaró un peligro inminente para una persona.",
        "Respondemos voluntariamente, como {entity}, porque você declarou perigo iminente para uma pessoa.",
    ),
    "Hashes and certificate.": ("Prüfsummen und Bescheinigung.", "Empreintes et certificat.",
        "Huellas y certificado.", "Hashes e certificado."),
    "The manifest lists every file with its SHA-256 hash, its source and the decision behind it.": (
        "Das Verzeichnis nennt jede Datei mit SHA-256-Prüfsumme, Herkunft und Entscheidung.",
        "Le manifeste énumère chaque fichier avec son empreinte SHA-256, sa source et la décision correspondante.",
        "El manifiesto enumera cada archivo con su huella SHA-256, su origen y la decisión correspondiente.",
        "O manifesto lista cada arquivo com seu hash SHA-256, sua origem e a decisão correspondente."),
    "A certificate for the court is a file of its own beside the package.": (
        "Eine Bescheinigung für das Gericht ist eine eigene Datei neben dem Paket.",
        "Un certificat pour le tribunal est un fichier distinct, à côté du lot.",
        "Un certificado para el tribunal es un archivo aparte, junto al paquete.",
        "Um certificado para o tribunal é um arquivo próprio, ao lado do pacote."),
    "{site}, government requests team": ("{site}, Team für Behördenanfragen",
        "{site}, équipe des demandes des autorités", "{site}, equipo de solicitudes de autoridades",
        "{site}, equipe de solicitações de autoridades"),
    # Kinds of records.
    "Registration and identity (KYC)": ("Registrierung und Identität", "Inscription et identité",
        "Registro e identidad",
        "Cadastro e identidade"),
    "Sign-ins and IP addresses": ("Anmeldungen und IP-Adressen", "Connexions et adresses IP",
        "Accesos y direcciones IP", "Acessos e endereços IP"),
    "Transactions": ("Transaktionen", "Transactions", "Transacciones", "Transações"),
    "Balances and assets": ("Guthaben und Werte", "Soldes et actifs", "Saldos y activos", "Saldos e ativos"),
    "Messages with support": ("Nachrichten mit dem Kundendienst", "Messages avec le support",
        "Mensajes con soporte", "Mensagens com o suporte"),
    # Why something is refused, and what mends it.
    "Wrong legal entity": ("Falsche Gesellschaft", "Mauvaise entité juridique", "Entidad jurídica equivocada",
        "Entidade jurídica errada"),
    "No or wrong legal basis": ("Keine oder falsche Rechtsgrundlage", "Base légale absente ou erronée",
        "Sin base legal o base equivocada", "Base legal ausente ou errada"),
    "The process cannot reach this data": ("Die Anordnung erfasst diese Daten nicht",
        "L'acte ne porte pas sur ces données", "La orden no alcanza estos datos", "A ordem não alcança estes dados"),
    "Not signed or dated": ("Nicht unterschrieben oder datiert", "Non signé ou non daté", "Sin firma o sin fecha",
        "Sem assinatura ou data"),
    "Account not found": ("Konto nicht gefunden", "Compte introuvable", "Cuenta no encontrada",
        "Conta não encontrada"),
    "Overbroad": ("Zu weit gefasst", "Trop large", "Demasiado amplio", "Amplo demais"),
    "Dates missing": ("Zeitraum fehlt", "Dates manquantes", "Faltan fechas", "Faltam datas"),
    "Language": ("Sprache", "Langue", "Idioma", "Idioma"),
    "Jurisdiction": ("Zuständigkeit", "Compétence", "Jurisdicción", "Jurisdição"),
    "Not a criminal matter": ("Keine Strafsache", "Pas une affaire pénale", "No es un asunto penal",
        "Não é matéria criminal"),
    "Immunity or privilege": ("Immunität oder Berufsgeheimnis", "Immunité ou secret", "Inmunidad o secreto",
        "Imunidade ou sigilo"),
    "Duplicate": ("Doppelt", "Doublon", "Duplicado", "Duplicado"),
    "Withdrawn by the agency": ("Von der Behörde zurückgenommen", "Retiré par l'autorité",
        "Retirado por la autoridad", "Retirado pela autoridade"),
    "Send an order that names the company that holds the account.": (
        "Senden Sie eine Anordnung, die die kontoführende Gesellschaft nennt.",
        "Envoyez une ordonnance qui nomme la société qui tient le compte.",
        "Envíe una orden que nombre a la empresa que lleva la cuenta.",
        "Envie uma ordem que nomeie a empresa que mantém a conta."),
    "Send an order that states the law and the section it stands on.": (
        "Senden Sie eine Anordnung, die Gesetz und Paragraf nennt.",
        "Envoyez une ordonnance qui indique la loi et l'article.",
        "Envíe una orden que indique la ley y el artículo.", "Envie uma ordem que indique a lei e o artigo."),
    "Send an order of a kind that reaches these records.": (
        "Senden Sie eine Anordnung, die diese Daten erfasst.",
        "Envoyez une ordonnance d'un type qui porte sur ces données.",
        "Envíe una orden de un tipo que alcance estos datos.", "Envie uma ordem de um tipo que alcance estes dados."),
    "Send the order signed and dated.": ("Senden Sie die Anordnung unterschrieben und datiert.",
        "Envoyez l'ordonnance signée et datée.", "Envíe la orden firmada y fechada.",
        "Envie a ordem assinada e datada."),
    "Check the identifier, or give another one.": ("Prüfen Sie die Kennung, oder nennen Sie eine andere.",
        "Vérifiez l'identifiant, ou donnez-en un autre.", "Compruebe el identificador o indique otro.",
        "Confira o identificador ou indique outro."),
    "Name fewer records or a shorter period, and why each is needed.": (
        "Nennen Sie weniger Daten oder einen kürzeren Zeitraum, und wofür Sie sie brauchen.",
        "Demandez moins de données ou une période plus courte, et dites pourquoi chacune est nécessaire.",
        "Pida menos datos o un período más corto, y por qué necesita cada uno.",
        "Peça menos dados ou um período mais curto, e por que precisa de cada um."),
    "Give the first and last day of the records you need.": (
        "Nennen Sie den ersten und den letzten Tag der benötigten Daten.",
        "Indiquez le premier et le dernier jour des données voulues.",
        "Indique el primer y el último día de los datos que necesita.",
        "Indique o primeiro e o último dia dos dados de que precisa."),
    "Send a translation with the order.": ("Senden Sie eine Übersetzung mit der Anordnung.",
        "Joignez une traduction à l'ordonnance.", "Envíe una traducción con la orden.",
        "Envie uma tradução com a ordem."),
    "Ask through mutual legal assistance, or the national channel.": (
        "Ersuchen Sie über die Rechtshilfe oder den nationalen Weg.",
        "Passez par l'entraide judiciaire ou la voie nationale.",
        "Pida por la asistencia judicial o la vía nacional.",
        "Peça pela cooperação jurídica ou pela via nacional."),
    "We answer in criminal matters only.": ("Wir antworten nur in Strafsachen.",
        "Nous ne répondons qu'en matière pénale.", "Solo respondemos en asuntos penales.",
        "Respondemos apenas em matéria criminal."),
    "These records are protected. Ask the court to decide.": (
        "Diese Daten sind geschützt. Bitten Sie das Gericht um Entscheidung.",
        "Ces données sont protégées. Demandez au tribunal de statuer.",
        "Estos datos están protegidos. Pida al tribunal que decida.",
        "Estes dados são protegidos. Peça ao tribunal que decida."),
    "You find the answer in your earlier request.": ("Die Antwort steht in Ihrer früheren Anfrage.",
        "La réponse se trouve dans votre demande précédente.", "La respuesta está en su solicitud anterior.",
        "A resposta está na sua solicitação anterior."),
    "Nothing to do: your agency withdrew this.": ("Nichts zu tun: Ihre Behörde nahm es zurück.",
        "Rien à faire : votre autorité l'a retiré.", "Nada que hacer: su autoridad lo retiró.",
        "Nada a fazer: sua autoridade retirou o pedido."),
}  # fmt: skip


def say(language: str, english: str, **values: object) -> str:
    """Return these words in a language, in English where it has none, with the values in their places."""
    known = _WORDS.get(english)
    words = known[_ORDER.index(language)] if known and language in _ORDER else english
    return words.format_map(values) if values else words


def has_words(language: str, english: str) -> bool:
    """Say whether these words are there in a language."""
    return language == ENGLISH or english in _WORDS


def day(language: str, at: date, form: str) -> str:
    """Return a day with the names of its month in a language."""
    with translation.override(language):
        return format_date(at, form)


def words_in_templates(language: str) -> dict[str, str]:
    """Return the words that stand in the letter's template, by the name they have there."""
    return {name: say(language, english) for name, english in _IN_TEMPLATE.items()}


_IN_TEMPLATE = {
    "service": "Government requests", "page": "page", "of": "of", "case": "Your case", "order": "Your order:",
    "title": "Our decision on your request", "decided": "What we decided", "named": "You named",
    "records": "Records", "period": "Period (UTC)", "decision": "Decision", "account": "Account",
    "again": "Exported again.", "telling": "Telling the account holder.", "ground": "Ground.",
    "hashes": "Hashes and certificate.",
    "manifest": "The manifest lists every file with its SHA-256 hash, its source and the decision behind it.",
    "certificate": "A certificate for the court is a file of its own beside the package.",
}  # fmt: skip
