"""What the lower floors refuse, said to the officer in the language of the page."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from cases.errors import ContactForbidden, Forbidden, Invalid, Refused, StaleVersion, Unreachable, WrongState
from cases.vocabulary import CaseStatus
from hotline.labels import label

ROOM = ZoneInfo("Asia/Jakarta")


def explain(refused: Refused) -> str:
    """One sentence or two: what was not done, and what would help."""
    if isinstance(refused, ContactForbidden):
        return _explain_contact(refused)
    if isinstance(refused, WrongState):
        return _explain_state(refused)
    unsafe = refused.facts.get("words")
    if isinstance(refused, Invalid) and isinstance(unsafe, tuple):
        found = ", ".join(unsafe)
        return _("Tidak dikirim: bagian ini bisa membahayakan pelapor: %(words)s", words=found)
    if isinstance(refused, Invalid):
        return _explain_field(str(refused.facts.get("field")))
    if isinstance(refused, StaleVersion):
        return _("Tidak tersimpan: sudah diubah orang lain. Periksa yang baru, lalu simpan lagi.")
    if isinstance(refused, Unreachable):
        return _("Tidak dikirim: tidak ada alamat untuk membalas.")
    if isinstance(refused, Forbidden):
        return _("Tidak tersimpan: peran Anda tidak boleh melakukan ini.")
    return _("Tidak tersimpan.")


def _explain_contact(refused: ContactForbidden) -> str:
    words = refused.facts.get("words")
    if isinstance(words, tuple) and words:
        return _("Tidak dikirim: kata ini bisa membahayakan pelapor: %(words)s", words=", ".join(words))
    return _("Tidak dikirim: %(reason)s.", reason=label(f"hold_{refused.facts.get('reason')}"))


def _explain_state(refused: WrongState) -> str:
    if refused.facts.get("owner"):
        return _("Sudah diambil lebih dulu oleh %(name)s.", name=refused.facts["owner"])
    if refused.facts.get("incident"):
        return _explain_incident(refused)
    if refused.facts.get("identifier"):
        return _("Tidak tersimpan: identitas ini milik %(person)s sekarang.", person=refused.facts["holder"])
    for thing, explained in (
        ("lexicon", _explain_lexicon),
        ("view", _explain_view),
        ("merge", _explain_merge),
        ("closing", _explain_closing),
        ("lacks", _explain_lack),
    ):
        if refused.facts.get(thing):
            return explained(str(refused.facts[thing]))
    if refused.facts.get("possible_from"):
        moment = datetime.fromisoformat(str(refused.facts["possible_from"])).astimezone(ROOM)
        return _(
            "Belum bisa ditutup dengan dasar ini: baru mungkin sejak %(day)s WIB.",
            day=moment.strftime("%d-%m-%Y %H:%M"),
        )
    return _explain_plainly(refused)


def _explain_closing(why: str) -> str:
    words = {
        "waits": _("Tidak tersimpan: permintaan menutup sudah menunggu orang kedua."),
        "none": _("Tidak tersimpan: tidak ada permintaan menutup yang menunggu."),
        "expired": _("Tidak ditutup: permintaannya sudah kedaluwarsa. Minta lagi."),
        "overtaken": _("Tidak ditutup: pelapor menulis setelah permintaan ini. Baca dulu, lalu minta lagi."),
    }
    return words[why]


def _explain_lack(why: str) -> str:
    return _("Belum bisa ditutup dengan dasar ini: %(why)s.", why=label(f"lacks_{why}"))


def _explain_plainly(refused: WrongState) -> str:
    facts = refused.facts
    if facts.get("status") is CaseStatus.CLOSED:
        return _("Tidak bisa: kasus sudah ditutup. Buka lagi untuk melanjutkan.")
    if facts.get("possible"):
        possible = facts["possible"]
        named = ", ".join(label(one) for one in possible) if isinstance(possible, tuple) else ""
        return _("Tidak bisa dari keadaan ini. Yang mungkin: %(moves)s.", moves=named)
    words = (
        (
            facts.get("attachment"),
            _("Tidak tersimpan: berkas hanya ditambahkan ke laporan yang didaftarkan petugas."),
        ),
        (facts.get("party"), _("Tidak tersimpan: orang itu sudah tercatat sebagai pihak yang sama.")),
        (
            facts.get("update") == "left",
            _("Tidak bisa: kasus ini bukan lagi bagian dari peristiwa ini."),
        ),
        (
            facts.get("update"),
            _("Tidak dikirim: tombol ini sudah dipakai untuk kata-kata lain. Mulai lagi."),
        ),
        (
            facts.get("clarification") == "not_due",
            _("Tidak tersimpan: waktu yang diberikan belum habis."),
        ),
        (
            facts.get("clarification"),
            _("Tidak bisa: bukan giliran langkah ini. Lihat langkah yang sudah dicatat."),
        ),
        (facts.get("pattern"), _("Tidak tersimpan: sudah dijawab, atau ada kasus baru. Lihat lagi.")),
        (facts.get("company"), _("Tidak tersimpan: catatan ini sudah digabung dengan yang lain.")),
    )
    return next((told for holds, told in words if holds), _("Tidak bisa: keadaan kasus sudah berubah."))


def _explain_view(why: str) -> str:
    if why == "taken":
        return _("Tidak tersimpan: sudah ada tampilan dengan nama itu.")
    return _("Tidak tersimpan: tampilan Anda sudah terlalu banyak. Hapus yang tidak dipakai.")


def _explain_merge(why: str) -> str:
    words = {
        "too_late": _("Tidak dibatalkan: penggabungan hanya bisa dibatalkan sekali, dalam 30 hari."),
        "merged_on": _(
            "Tidak dibatalkan: kasus ini sudah digabung lagi. Batalkan dulu penggabungan yang terakhir."
        ),
        "merged": _("Tidak dibuka: kasus ini bagian dari kasus lain. Batalkan penggabungannya di sana."),
    }
    return words[why]


def _explain_lexicon(why: str) -> str:
    words = {
        "unmeasured": _("Belum dipakai: lihat dulu pratinjaunya."),
        "worse": _("Belum dipakai: rancangan ini melewatkan pesan yang gawat. Lihat pratinjaunya."),
        "no_draft": _("Tidak ada rancangan. Mulai dengan mengubah satu kata."),
    }
    return words[why]


def _explain_incident(refused: WrongState) -> str:
    reference = refused.facts["incident"]
    if refused.facts.get("closed"):
        return _("Tidak bisa: peristiwa %(reference)s sudah ditutup.", reference=reference)
    if refused.facts.get("changed"):
        return _("Belum ditutup: baru saja ada kasus yang masuk. Periksa, lalu coba lagi.")
    return _("Tidak bisa: kasus ini sudah masuk peristiwa %(reference)s.", reference=reference)


def _explain_field(field: str) -> str:
    words = {
        "view_name": _("Tidak tersimpan: isi nama tampilan, paling banyak 60 huruf."),
        "hours": _("Tidak tersimpan: tulis jam seperti: sen-jum 20:00-23:30; min 06-08."),
        "with_case": _("Tidak digabung: keduanya kasus yang sama."),
        "with": _("Tidak digabung: kedua kasus sudah milik satu orang."),
        "duress_word": _("Tidak tersimpan: kata aman dan kata paksaan harus berbeda."),
        "body": _("Tidak tersimpan: tulis kata-katanya, dan jangan terlalu panjang."),
        "reason": _("Tidak tersimpan: isi alasannya."),
        "explanation": _("Tidak tersimpan: isi penjelasannya, paling banyak 2.000 huruf."),
        "basis": _(
            "Tidak dikirim: mitra ini hanya boleh melihat kasus dengan dasar berbagi. Pilih dasarnya."
        ),
        "agency": _("Tidak dikirim: pilih mitra dari daftar."),
        "owner": _("Tidak tersimpan: orang itu tidak dapat menangani kasus."),
        "to": _("Tidak tersimpan: pilih petugasnya."),
        "text": _("Tidak tersimpan: paling banyak 2.000 huruf."),
        "incident_title": _("Tidak tersimpan: isi judul peristiwa, paling banyak 200 huruf."),
        "incident_kind": _("Tidak tersimpan: pilih jenis peristiwa."),
        "incident_reference": _("Tidak tersimpan: tidak ada peristiwa dengan nomor itu."),
        "outcome": _("Tidak tersimpan: pilih hasil kontaknya."),
        "what": _("Tidak tersimpan: tulis apa yang terjadi."),
        "where": _("Tidak tersimpan: tulis di mana, sependek apa pun."),
        "reach": _("Tidak tersimpan: tulis bagaimana menghubungi, sependek apa pun."),
        "owner_needed": _("Tidak tersimpan: kasus harus diambil dulu."),
        "about": _("Tidak tersimpan: pilih apa yang ditunggu dari pekerja."),
        "asked_agency": _("Tidak tersimpan: belum ada mitra yang diminta."),
        "until": _("Tidak tersimpan: isi tanggal yang akan datang, paling lama setahun."),
        "safety_note": _("Tidak tersimpan: isi catatan keselamatan, paling banyak 2.000 huruf."),
        "why": _("Tidak tersimpan: isi alasannya."),
        "channel": _("Tidak tersimpan: pilih lewat apa laporan datang."),
        "close_reason": _("Tidak tersimpan: pilih alasan menutup."),
        "identifier": _(
            "Tidak tersimpan: tulis nomor dengan kode negara, ID WhatsApp, surel, atau @nama pengguna."
        ),
        "task_words": _("Tidak tersimpan: tulis yang harus dikerjakan, paling banyak 500 huruf."),
        "task_due": _("Tidak tersimpan: isi tanggal dan jamnya."),
        "how": _("Tidak tersimpan: pilih pesannya, atau tulis bagaimana dikatakan."),
        "consent": _("Tidak dikirim: pelapor mencabut persetujuannya."),
        "term": _("Tidak tersimpan: kata ini tidak masuk akal."),
        "identifiers": _("Tidak dipisah: pilih sebagian nomor, dan sisakan paling sedikit satu."),
        "party_name": _("Tidak tersimpan: isi nama atau nomornya."),
        "urgency_up": _(
            "Tidak diubah: tingkatnya sudah sama atau lebih tinggi. Menurunkan hanya dari halaman kasus."
        ),
        "urgency": _("Tidak tersimpan: pilih tingkatnya."),
        "update_body": _("Tidak dikirim: tulis kata-katanya, paling banyak 160 huruf."),
        "held_at": _("Tidak tersimpan: isi kapan diadakan, bukan waktu yang akan datang."),
        "speaker": _("Tidak tersimpan: isi siapa yang hadir untuk P3MI."),
        "second_statement": _(
            "Tidak tersimpan: klarifikasi kedua memuat penjelasan, tindak lanjut, hambatan, dan janji baru."
        ),
        "clarification_text": _("Tidak tersimpan: terlalu panjang."),
        "pattern_note": _("Tidak tersimpan: tulis apa tindak lanjutnya."),
        "company_name": _("Tidak tersimpan: isi namanya, paling banyak 200 huruf."),
        "with_company": _("Tidak digabung: keduanya catatan yang sama."),
        "relation": _("Tidak tersimpan: pilih hubungannya dengan pekerja."),
        "note": _("Tidak tersimpan: paling banyak 2.000 huruf."),
    }
    return words.get(field, _("Tidak tersimpan: pilih salah satu dari daftar."))
