"""The page: three phones side by side, in Indonesian unless ``?lang=en`` asks for English."""

from dataclasses import dataclass

from flask import Blueprint, json, render_template, request

from hotline.channels.phones.settings import PhonesSettings
from hotline.channels.phones.switchboard import switchboard

page = Blueprint("page", __name__)
# Where a location can be sent from without a map.
PLACES = (
    ("Riyadh", "24.7136", "46.6753"),
    ("Jeddah", "21.4858", "39.1925"),
    ("Kuala Lumpur", "3.1390", "101.6869"),
    ("Taipei", "25.0330", "121.5654"),
    ("Hong Kong", "22.3193", "114.1694"),
    ("Singapore", "1.3521", "103.8198"),
    ("Abu Dhabi", "24.4539", "54.3773"),
)
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
        "mail": "Surel",
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
        "more": "Foto, suara, lokasi, panggilan",
        "send_more": "Kirim",
        "file": "Pilih foto atau berkas…",
        "sample_photo": "Foto contoh",
        "sample_voice": "Catatan suara contoh",
        "sample_pdf": "Kontrak contoh (PDF)",
        "record": "Rekam catatan suara",
        "recording": "Selesai dan kirim",
        "no_microphone": "Mikrofon tidak dapat dipakai.",
        "too_large": "Berkas itu lebih dari 16 MB.",
        "location": "Lokasi (WhatsApp)",
        "place": "Tempat",
        "latitude": "Lintang",
        "longitude": "Bujur",
        "send_location": "Kirim lokasi",
        "call": "Telepon ke hotline",
        "missed_call": "Telepon tanpa bicara",
        "voicemail": "Pesan suara contoh",
        "record_voicemail": "Rekam pesan suara",
        "words": "Kata perintah",
        "stop": "Kirim STOP",
        "start": "Kirim START",
        "typing": "Hotline sedang mengetik…",
        "call_busy": "Panggilan ditolak: nada sibuk",
        "call_no-answer": "Panggilan tidak diangkat",
        "call_completed": "Panggilan selesai",
        "call_failed": "Panggilan gagal: hotline tidak menjawab",
        "call_said": "Hotline berkata",
        "seconds": "detik",
        "photo_of": "Foto yang dikirim",
        "voice_of": "Rekaman suara",
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
        "mail": "E-mail",
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
        "more": "Photo, sound, place, call",
        "send_more": "Send",
        "file": "Choose a photo or a file…",
        "sample_photo": "Sample photo",
        "sample_voice": "Sample voice note",
        "sample_pdf": "Sample contract (PDF)",
        "record": "Record a voice note",
        "recording": "Stop and send",
        "no_microphone": "The microphone cannot be used.",
        "too_large": "That file is larger than 16 MB.",
        "location": "Location (WhatsApp)",
        "place": "Place",
        "latitude": "Latitude",
        "longitude": "Longitude",
        "send_location": "Send the location",
        "call": "Call the hotline",
        "missed_call": "Call and say nothing",
        "voicemail": "Sample voice mail",
        "record_voicemail": "Record a voice mail",
        "words": "Command words",
        "stop": "Send STOP",
        "start": "Send START",
        "typing": "The hotline is writing…",
        "call_busy": "Call declined: engaged tone",
        "call_no-answer": "Nobody took the call",
        "call_completed": "Call ended",
        "call_failed": "Call failed: the hotline did not answer",
        "call_said": "The hotline said",
        "seconds": "seconds",
        "photo_of": "Photo that was sent",
        "voice_of": "Sound that was recorded",
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
        places=PLACES,
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
