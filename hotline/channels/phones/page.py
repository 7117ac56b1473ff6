"""The page: three phones side by side, in Indonesian unless ``?lang=en`` asks for English."""

from dataclasses import dataclass

from flask import Blueprint, json, render_template, request

from hotline.channels.phones.settings import PhonesSettings
from hotline.channels.phones.switchboard import switchboard

page = Blueprint("page", __name__)
SIDE_BY_SIDE = ("worker", "agency", "officer")

WORDS = {
    "id": {
        "title": "Telepon",
        "note": "Tiruan: tidak ada pesan yang keluar dari komputer ini.",
        "first": (
            "Tulis pesan sebagai pekerja lalu tekan Enter: pesan itu sampai ke hotline seperti dari telepon "
            "sungguhan. Jawaban hotline, dan kabar untuk mitra dan petugas, berbunyi sendiri di telepon "
            "masing-masing."
        ),
        "sound": "Bunyi",
        "hotline": "Buka hotline",
        "open": "Telepon yang terbuka",
        "add": "Tambah telepon",
        "number": "Nomor, misalnya +44 7700 900123",
        "others": "Telepon lain yang berbunyi",
        "nobody": "Belum ada.",
        "message": "Tulis pesan",
        "send": "Kirim",
        "channel": "Saluran",
        "acting": "Menelepon dari",
        "close": "Tutup telepon ini",
        "empty": "Belum ada pesan.",
        "new": "Pesan baru",
        "unreachable": "Hotline tidak menjawab; pesan belum diterima.",
        "refused": "Hotline menolak pesan ini",
        "invalid": "Nomor itu tidak dapat dibaca.",
        "lost": "Tiruan ini tidak menjawab. Mencoba lagi…",
        "automatic": "otomatis",
        "attachment": "lampiran",
    },
    "en": {
        "title": "Phones",
        "note": "Make-believe: no message leaves this computer.",
        "first": (
            "Write as the worker and press Enter: the message reaches the hotline as if from a real phone. "
            "The hotline's answer, and its news for the agency and the officer, ring on their phones by "
            "themselves."
        ),
        "sound": "Sound",
        "hotline": "Open the hotline",
        "open": "Open phones",
        "add": "Add a phone",
        "number": "Number, such as +44 7700 900123",
        "others": "Other phones that rang",
        "nobody": "None yet.",
        "message": "Write a message",
        "send": "Send",
        "channel": "Channel",
        "acting": "Writing from",
        "close": "Close this phone",
        "empty": "No messages yet.",
        "new": "New message",
        "unreachable": "The hotline does not answer; the message was not taken.",
        "refused": "The hotline refused this message",
        "invalid": "That number cannot be read.",
        "lost": "The stand-in does not answer. Trying again…",
        "automatic": "automatic",
        "attachment": "attachment",
    },
}


@dataclass(frozen=True)
class Phone:
    """One phone of the cast, in the language of the page."""

    label: str
    number: str
    role: str


@page.get("/")
def show() -> str:
    settings = switchboard().settings
    lang = "en" if request.args.get("lang") == "en" else "id"
    shown, rest = _seats(settings, lang)
    setup = {
        "phones": [vars(phone) for phone in shown],
        "known": {phone.number: phone.label for phone in rest},
        "workers": _worker_numbers(settings, shown, lang),
        "words": WORDS[lang],
    }
    return render_template(
        "phones/page.html",
        lang=lang,
        words=WORDS[lang],
        rest=rest,
        setup=json.dumps(setup),
        settings=settings,
    )


def _seats(settings: PhonesSettings, lang: str) -> tuple[list[Phone], list[Phone]]:
    """The three phones in view, worker first, and the rest of the cast to add."""
    cast = [Phone(en if lang == "en" else id_, number, role) for id_, en, number, role in settings.cast]
    shown = [phone for role in SIDE_BY_SIDE for phone in cast if phone.role == role][:3]
    rest = [phone for phone in cast if phone not in shown]
    while rest and len(shown) < 3:
        shown.append(rest.pop(0))
    return shown, rest


def _worker_numbers(settings: PhonesSettings, shown: list[Phone], lang: str) -> list[dict[str, str]]:
    """The numbers the worker's phone can put on, its own first."""
    numbers = [
        {"label": en if lang == "en" else id_, "number": number}
        for id_, en, number in settings.worker_numbers
    ]
    own = next((phone for phone in shown if phone.role == "worker"), None)
    if own is not None and all(each["number"] != own.number for each in numbers):
        numbers.insert(0, {"label": own.label, "number": own.number})
    return numbers
