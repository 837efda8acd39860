"""The Russian act of destruction of personal data, and the export from the event log that goes with it, from a certificate.

Source: Requirements for confirming the destruction of personal data, approved by order 179 of Roskomnadzor of 28.10.2022
(in force 1.3.2023 to 1.3.2029): what the act holds, what the export holds, that both are kept for 3 years; reasons: 152-FZ,
Art. 14(1), 21(3), 21(4), 21(5). Engineering's reading of the law, not advice: the operator answers for what he signs.
"""

from __future__ import annotations

import csv
import io
import os
import tomllib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta, timezone
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import Literal, get_args

from pydantic import ValidationError

from comexp_lab.api import CertificateBody, ErasureCertificate, Operator
from comexp_lab.errors import BadInput, Conflict
from comexp_lab.rights.certificate import METHOD
from comexp_lab.verify import canonical, verify_text

Reason = Literal["demand", "withdrawal", "goal reached", "unlawful"]
Fields = Sequence[tuple[str, str]]

TITLE = "Акт об уничтожении персональных данных"
STYLE = (
    "body{font:12pt/1.4 serif;max-width:48em;margin:2em auto;padding:0 1em;overflow-wrap:anywhere}h1{font-size:16pt}"
    "table{border-collapse:collapse;width:100%}tr{break-inside:avoid}"
    "th,td{vertical-align:top;padding:.3em .6em;border:1px solid #999}th{text-align:left;width:40%;font-weight:normal}"
    "@media print{body{margin:0;max-width:none}}@page{margin:2cm}"
)
POLICY = f"default-src 'none'; style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'"  # nothing runs in it
MOSCOW = timezone(timedelta(hours=3), "МСК")
REASONS: Mapping[Reason, str] = {
    "demand": "требование субъекта персональных данных об уничтожении (ч. 1 ст. 14 Федерального закона № 152-ФЗ)",
    "withdrawal": "отзыв согласия на обработку персональных данных (ч. 5 ст. 21 Федерального закона № 152-ФЗ)",
    "goal reached": "достижение цели обработки персональных данных (ч. 4 ст. 21 Федерального закона № 152-ФЗ)",
    "unlawful": "неправомерная обработка персональных данных (ч. 3 ст. 21 Федерального закона № 152-ФЗ)",
}
RUSSIAN: Mapping[str, str] = {
    METHOD: "уничтожение ключа шифрования AES-256 (криптографическое стирание по NIST SP 800-88), затем удаление файлов"
    " и перезапись каталога",
    "images": "изображения",
    "videos": "видеозаписи",
    "video frames": "кадры видеозаписей",
    "images as uploaded, before they were turned": "изображения в исходном положении",
    "thumbnails": "уменьшенные копии изображений",
    "records without a picture": "записи без изображения",
    "labels": "разметка",
    "earlier states of labels": "прежние состояния разметки",
    "label database and journal": "база данных и журнал разметки",
    "model weights": "веса моделей",
    "finished exports and archives": "готовые выгрузки и архивы",
    "run files": "файлы обучения и обработки",
    "unfinished uploads": "незавершённые загрузки",
    "catalog: names, runs, logs, settings": "каталог: названия, запуски, журналы, настройки",
}
WHAT = {
    "dataset": "набор данных",
    "samples": "отдельные элементы набора данных",
    "class": "класс разметки и вся разметка этого класса",
    "email": "адрес электронной почты",
    "account": "учётная запись и все её данные",
    "correction": "прежнее, исправленное значение (название, текст в разметке либо адрес)",
}
LOGGED = (
    "Субъект персональных данных (Ф. И. О. или иные сведения о нём)",
    "Категории уничтоженных персональных данных",
    "Информационная система персональных данных",
    "Причина уничтожения",
    "Дата уничтожения",
)
DETAILS = {
    "name": "name",
    "address": "address",
    "registration": "number in Roskomnadzor's register of operators",
    "contact": "contact",
    "person": "person who signs",
    "post": "post of the person who signs",
    "processor": "processor",
}


def operator_file() -> Path:
    """Where the operator's details are set, as TOML."""
    if given := os.environ.get("COMEXP_OPERATOR"):
        return Path(given).expanduser()
    from platformdirs import user_config_path

    return user_config_path("comexp") / "operator.toml"


def operator() -> Operator:
    """The details that are set; those that are not are empty, and an act says so."""
    path = operator_file()
    if not path.exists():
        return Operator()
    try:
        return Operator.model_validate(tomllib.loads(path.read_text("utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        raise BadInput(f"{path}: “{'.'.join(map(str, first['loc']))}” is not right ({first['msg']}).") from None
    except (OSError, ValueError) as error:
        raise BadInput(f"{path} cannot be read as TOML: {str(error).splitlines()[0]}") from None


def text(certificate: ErasureCertificate, by: Operator, subject: str = "", reason: Reason = "demand") -> str:
    """The act, to be printed and signed."""
    fields = _act(certificate, by, subject, reason)
    return "\n".join([TITLE.upper(), "", *(f"{n}. {name}: {value}" for n, (name, value) in enumerate(fields, 1)), ""])


def html(certificate: ErasureCertificate, by: Operator, subject: str = "", reason: Reason = "demand") -> str:
    """The same as a page of its own."""
    rows = "\n".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in _act(certificate, by, subject, reason))
    safe = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    head = f'<meta charset="utf-8">{safe}<title>{TITLE}</title><style>{STYLE}</style>'
    return f'<!doctype html>\n<html lang="ru"><head>{head}</head>\n<body><h1>{TITLE}</h1>\n<table>\n{rows}\n</table></body></html>\n'


def log_csv(certificates: Sequence[ErasureCertificate], by: Operator, subject: str = "", reason: Reason = "demand") -> str:
    """The export from the event log: one row for each erasure."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(LOGGED)
    for certificate in certificates:
        writer.writerow([_cell(value) for _, value in _log(_body(certificate), by, subject, reason)])
    return out.getvalue()


def _act(certificate: ErasureCertificate, by: Operator, subject: str, reason: Reason) -> Fields:
    body = _body(certificate)
    who, categories, system, why, when = _log(body, by, subject, reason)
    digest = sha256(canonical(certificate.model_dump())).hexdigest()
    return [
        ("Оператор", by.name),
        ("Адрес оператора", by.address),
        ("Регистрационный номер в реестре операторов", by.registration),
        ("Контакт оператора", by.contact),
        ("Лицо, обрабатывающее персональные данные по поручению оператора, его адрес", by.processor),
        who,
        ("Лицо, уничтожившее персональные данные", f"{by.person}, {by.post}"),
        categories,
        ("Материальные носители и число листов", "не применимо: данные обрабатывались только с использованием средств автоматизации"),
        system,
        ("Способ уничтожения", _russian(body.method)),
        why,
        when,
        ("Подтверждение", f"сертификат SHA-256 {digest}, открытый ключ {certificate.public_key}"),
        ("Срок хранения акта и выгрузки из журнала", f"3 года, до {_years_later(body.times.unreadable, 3):%d.%m.%Y}"),
        ("Подпись", f"____________________ / {by.person} /"),
    ]


def _log(body: CertificateBody, by: Operator, subject: str, reason: Reason) -> Fields:
    missing = [name for name in DETAILS if not getattr(by, name).strip()]
    if missing:
        raise BadInput(f"The operator's {DETAILS[missing[0]]} is missing: set “{missing[0]}” in {operator_file()}.")
    if reason not in get_args(Reason):
        raise BadInput(f"{reason!r} is no reason of destruction: choose one of {', '.join(get_args(Reason))}.")
    unnamed = f"владелец рабочего пространства {body.workspace}" + (f", запрос {body.request}" if body.request else "")
    counted = "; ".join(f"{_russian(kind)} ({count})" for kind, count in body.counts.items() if count)
    values = (
        " ".join(subject.split()) or unnamed,
        f"{WHAT[body.what]}: {counted}" if counted else WHAT[body.what],
        f"comexp_lab, рабочее пространство {body.workspace}",
        REASONS[reason],
        f"{body.times.unreadable.astimezone(MOSCOW):%d.%m.%Y %H:%M:%S} МСК",
    )
    return list(zip(LOGGED, values, strict=True))


def _body(certificate: ErasureCertificate) -> CertificateBody:
    verify_text(certificate.model_dump_json())
    body = CertificateBody.model_validate(certificate.body)
    if body.scan.hits:
        raise Conflict(f"There is no act yet: {body.scan.hits} traces were still found.")
    return body


def _russian(words: str) -> str:
    return RUSSIAN.get(words, words)


def _years_later(at: datetime, years: int) -> datetime:
    """The same day; 28 February for the 29th."""
    day = at.astimezone(MOSCOW)
    return day.replace(year=day.year + years, day=28 if (day.month, day.day) == (2, 29) else day.day)


def _cell(value: str) -> str:
    """No spreadsheet takes it for a formula."""
    return f"'{value}" if value.startswith(("=", "+", "-", "@")) else value
