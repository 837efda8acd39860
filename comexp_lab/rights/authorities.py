"""To whom a person can complain, by the law that protects them: the authority and the court, for every reply and every refusal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from comexp_lab.api import Language


@dataclass(frozen=True)
class Remedy:
    """One way to complain. ``address`` is text to read, the lab never calls it."""

    regime: str
    name: Mapping[Language, str]
    address: str
    source: str

    def text(self, language: Language = "en") -> str:
        return f"{self.name[language]} ({', '.join(filter(None, (self.address, self.source)))})"


REMEDIES = (
    Remedy(
        "gdpr",
        {
            "en": "The data protection authority of the member state where you live or work, or where you think your rights were infringed",
            "ru": "Надзорный орган по защите данных государства ЕС, где вы живёте, работаете или где, по-вашему, нарушены ваши права",
            "zh": "您居住地、工作地或涉嫌侵权行为发生地的欧盟成员国数据保护监管机构",
        },
        "https://www.edpb.europa.eu/about-edpb/about-edpb/members_en",
        "GDPR Art. 77",
    ),
    Remedy(
        "gdpr",
        {
            "en": "A court of the member state where the controller is established or where you live",
            "ru": "Суд государства ЕС, где находится контролёр или где вы живёте",
            "zh": "控制者所在地或您居住地的欧盟成员国法院",
        },
        "",
        "GDPR Art. 79",
    ),
    Remedy(
        "ru152",
        {
            "en": "Roskomnadzor, the Federal Service for Supervision of Communications, Information Technology and Mass Media",
            "ru": "Роскомнадзор — Федеральная служба по надзору в сфере связи, информационных технологий и массовых коммуникаций",
            "zh": "俄罗斯联邦通信、信息技术和大众传媒监督局（Roskomnadzor）",
        },
        "https://rkn.gov.ru",
        "152-FZ Art. 17",
    ),
    Remedy(
        "ru152",
        {"en": "A court of the Russian Federation", "ru": "Суд Российской Федерации", "zh": "俄罗斯联邦法院"},
        "",
        "152-FZ Art. 17",
    ),
    Remedy(
        "cn",
        {
            "en": "The Cyberspace Administration of China (CAC)",
            "ru": "Государственная канцелярия интернет-информации КНР (CAC)",
            "zh": "国家互联网信息办公室",
        },
        "https://www.cac.gov.cn",
        "T-Rex Label privacy policy §4.3",
    ),
    Remedy(
        "cn",
        {"en": "A people's court in China", "ru": "Народный суд КНР", "zh": "中国人民法院"},
        "",
        "PIPL Art. 50",
    ),
    Remedy(
        "ccpa",
        {
            "en": "The California Privacy Protection Agency (CPPA)",
            "ru": "Агентство по защите конфиденциальности Калифорнии (CPPA)",
            "zh": "加利福尼亚州隐私保护局（CPPA）",
        },
        "https://cppa.ca.gov",
        "CCPA",
    ),
    Remedy(
        "ccpa",
        {
            "en": "The Attorney General of California",
            "ru": "Генеральный прокурор Калифорнии",
            "zh": "加利福尼亚州总检察长",
        },
        "https://oag.ca.gov",
        "CCPA",
    ),
)


def remedies(regimes: Iterable[str], language: Language = "en") -> list[str]:
    """Where to complain under these laws; under all of them if none is known, because then any may be the person's."""
    wanted = {remedy.regime for remedy in REMEDIES} & set(regimes)
    return [remedy.text(language) for remedy in REMEDIES if not wanted or remedy.regime in wanted]
