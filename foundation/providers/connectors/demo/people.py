"""Names, phones and languages of people who do not exist."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Land:
    """A country's names, the language its customers are written to, and the range of its phones for fiction."""

    first: str
    last: str
    language: str = "en"
    phone: str = "+447700900{n:03d}"
    city: str = ""

    # The range from number 300 on, where the first one is too short.
    more: str = "+44{city}4960{thousandth:03d}"

    def phone_number(self, n: int) -> str:
        """Return the n-th number, up to 1999; it ends in the last two digits of n."""
        return (self.phone if n < _FIRST_RANGE else self.more or self.phone).format(
            n=n, area=_AREAS[n // 100], last=n % 100, city=_CITIES[n // 1000], thousandth=n % 1000, shifted=2000 + n
        )


_FIRST_RANGE = 300
_AREAS = (202, 303, 404, 206, 212, 213, 214, 215, 216, 217, 218, 219, 224, 225, 228, 229, 231, 234, 239, 240)
_CITIES = (113, 114)
# Telephone ranges that regulators keep free for drama and examples (Ofcom, NANPA 555-01xx, Arcep, ACMA).
# Languages: those that letters to account holders are written in; other countries read English.
LANDS = {
    "NO": Land("Ingeborg Eirik Torunn Halvard Sunniva Anders", "Myrvang Fossheim Lindtveit Brekkhus", city="Nordvik"),
    "GB": Land("Alice Rowan Harriet Callum Imogen Duncan", "Thackwood Penrose Ashdown Marchbank", city="Leeds"),
    "IE": Land("Niamh Cormac Saoirse Declan Aoife Fintan", "Rathmore Kilbride Ballyn Devane", city="Cork"),
    "DE": Land("Mareike Torsten Annika Volker Silke Jens", "Habermoor Lindenau Rosskamp Ebertal", city="Kassel"),
    "FR": Land("Solène Bastien Maëlle Thibault Odile Rémi", "Valcourt Desrosiers Montbrun Ferrand", "fr",
               "+33639981{n:03d}", "Rennes", "+3363998{shifted:04d}"),
    "ES": Land("Lucía Iñigo Marisol Álvaro Nerea Gonzalo", "Pedralba Cifuentes Montoro Arrieta", "es", city="Vigo"),
    "PT": Land("Inês Duarte Beatriz Rui Leonor Tomás", "Vilarinho Castanheira Pinhal Serrano", "pt", city="Braga"),
    "SE": Land("Linnea Viktor Ebba Gustav Saga Oskar", "Björkdal Stenhammar Lövgren Ekström", city="Umeå"),
    "NL": Land("Femke Joost Anouk Bram Lotte Sander", "Waterhof Kloosterman Duinker Veldhoven", city="Zwolle"),
    "PL": Land("Kinga Marek Zofia Tomasz Halina Jacek", "Zawilski Borowiak Lipnicka Gajda", city="Opole"),
    "IN": Land("Ananya Rohan Meenakshi Vikram Kavya Arjun", "Devnani Raghavan Chitale Borkar", city="Pune"),
    "JP": Land("Haruka Kenta Misaki Daichi Ayumi Ryota", "Takamori Hoshikawa Minazuki Kuroda", "ja", city="Sendai"),
    "KR": Land("Jiyoon Minjae Seoyeon Hyunwoo Dahye Taeyang", "Namgung Seomun Hwangbo Dokgo", city="Daejeon"),
    "SG": Land("Wei-Ling Hafiz Priya Jun-Hao Siti Marcus", "Tan-Lim Rahmat Nadar Goh-Wee", city="Singapore"),
    "BR": Land("Iara Thiago Luana Caio Marina Otávio", "Guimarães Taborda Pacheco Amoedo", "pt", city="Curitiba"),
    "ZA": Land("Thandeka Pieter Nomsa Sipho Liezel Kagiso", "Mabuza Vorster Dlamini Steenkamp", city="Durban"),
    "AU": Land("Matilda Lachlan Ruby Angus Tahlia Hamish", "Wattlebrook Coolidge Birdsall Marr",
               phone="+6125550{n:04d}", city="Hobart", more=""),
    "US": Land("Savannah Wyatt Brianna Tyler Madison Cole", "Hollowell Prewitt Stanfield Ordway",
               phone="+1{area}55501{last:02d}", city="Dayton", more=""),
}  # fmt: skip
