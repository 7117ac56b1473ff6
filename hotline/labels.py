"""The words of the vocabulary as people read them, Indonesian first."""

from __future__ import annotations

from flask_babel import get_locale

_WORDS: dict[str, tuple[str, str]] = {
    "U1": ("Kritis", "Critical"), "U2": ("Darurat", "Emergency"), "U3": ("Mendesak", "Urgent"),
    "U4": ("Rutin", "Routine"),
    "new": ("Baru", "New"), "open": ("Ditangani", "Open"), "closed": ("Ditutup", "Closed"),
    "KEKERASAN_FISIK": ("Kekerasan fisik", "Physical violence"),
    "KEKERASAN_SEKSUAL": ("Kekerasan seksual", "Sexual violence"),
    "SEKAP": ("Penyekapan", "Confinement"), "ANCAMAN": ("Ancaman", "Threat"),
    "TPPO": ("Perdagangan orang", "Trafficking"), "KRISIS_JIWA": ("Krisis jiwa", "Suicide risk"),
    "MEDIS": ("Sakit atau kecelakaan", "Illness or accident"), "MENINGGAL": ("Meninggal", "Death"),
    "HILANG_KONTAK": ("Hilang kontak", "Missing contact"), "GAJI": ("Gaji", "Wages"),
    "KONTRAK": ("Kontrak kerja", "Contract"), "PHK": ("PHK", "Dismissal"),
    "DOKUMEN": ("Dokumen ditahan", "Papers withheld"), "IMIGRASI": ("Keimigrasian", "Immigration"),
    "DETENSI_HUKUM": ("Penahanan atau hukum", "Arrest or trial"), "PULANG": ("Ingin pulang", "Wants to go home"),
    "GAGAL_BERANGKAT": ("Gagal berangkat", "Failed departure"), "BIAYA": ("Biaya berlebih", "Overcharging"),
    "PENIPUAN_REKRUT": ("Penipuan perekrutan", "Job fraud"), "JAMSOS": ("Jaminan sosial", "Social security"),
    "KUR": ("Kredit (KUR)", "Credit (KUR)"), "ABK": ("Awak kapal", "Ship's crew"),
    "KONFLIK_BENCANA": ("Konflik atau bencana", "War or disaster"),
    "KELUARGA_SIPIL": ("Anak dan surat sipil", "Child and civil papers"), "INFO": ("Informasi", "Information"),
    "read": ("Dibaca", "Read"), "assign": ("Ada penanggung jawab", "Assigned"),
    "safe_contact": ("Kontak aman pertama", "First safe contact"),
    "referral_accept": ("Rujukan dijawab", "Referral answered"),
    "running": ("Berjalan", "Running"), "paused": ("Dijeda", "Paused"), "met": ("Terpenuhi", "Met"),
    "breached": ("Lewat tenggat", "Overdue"), "cancelled": ("Dibatalkan", "Cancelled"),
    "proposed": ("Diusulkan", "Proposed"), "sent": ("Terkirim", "Sent"), "accepted": ("Diterima", "Accepted"),
    "rejected": ("Ditolak", "Rejected"), "done": ("Selesai", "Done"), "revoked": ("Dicabut", "Revoked"),
    "not_ours": ("Bukan wewenang kami", "Not ours"), "no_capacity": ("Tidak mampu sekarang", "No capacity now"),
    "not_enough_information": ("Informasi kurang", "Not enough information"),
    "duplicate": ("Ganda", "Duplicate"), "other": ("Lainnya", "Other"),
    "consent": ("Persetujuan", "Consent"), "vital_interest": ("Nyawa terancam", "Vital interest"),
    "child_in_danger": ("Anak dalam bahaya", "Child in danger"),
    "lawful_order": ("Perintah hukum", "Lawful order"), "public_duty": ("Tugas negara", "Public duty"),
    "resolved": ("Terselesaikan", "Resolved"), "withdrawn": ("Dicabut pelapor", "Withdrawn"),
    "handed_over": ("Diserahkan", "Handed over"), "unreachable": ("Tidak terhubungi", "Unreachable"),
    "not_a_report": ("Bukan laporan", "Not a report"),
    "phone_not_private": ("HP tidak pribadi", "Phone not private"), "do_not_call": ("Jangan ditelepon", "Do not call"),
    "do_not_reply": ("Jangan dibalas", "Do not reply"), "borrowed_phone": ("HP pinjaman", "Borrowed phone"),
    "waiting": ("Menunggu", "Waiting"), "sending": ("Sedang dikirim", "Being sent"), "queued": ("Antre", "Queued"),
    "delivered": ("Sampai", "Delivered"), "undelivered": ("Tidak sampai", "Undelivered"), "failed": ("Gagal", "Failed"),
    "new_case": ("Kasus baru", "New case"), "warn": ("Peringatan", "Warning"), "breach": ("Lewat tenggat", "Overdue"),
    "still_silent": ("Masih diam", "Still silent"),
    "reached": ("Terhubung dengan aman", "Reached safely"), "not_safe": ("Tidak aman", "Not safe"),
    "not_reachable": ("Tidak terhubungi", "Not reachable"),
    "waiting_for_worker": ("Menunggu keputusan pekerja", "Waiting for the worker"),
    "unknown": ("Belum diketahui", "Not known"), "allowed": ("Boleh", "Allowed"), "forbidden": ("Dilarang", "Forbidden"),
    "law": ("undang-undang", "law"), "agreement": ("kesepakatan", "agreement"), "default": ("baku", "default"),
    "case_opened": ("Kasus dibuka", "Case opened"), "message_received": ("Pesan masuk", "Message received"),
    "message_queued": ("Pesan dikirim", "Message queued"), "triaged": ("Ditriase mesin", "Triaged by the machine"),
    "urgency_changed": ("Tingkat diubah", "Urgency changed"), "assigned": ("Ditugaskan", "Assigned"),
    "note_added": ("Catatan ditambah", "Note added"), "contact_recorded": ("Kontak dicatat", "Contact recorded"),
    "contact_plan_changed": ("Rencana kontak diubah", "Contact plan changed"),
    "referral_proposed": ("Rujukan diusulkan", "Referral proposed"), "referral_sent": ("Rujukan dikirim", "Referral sent"),
    "referral_accepted": ("Rujukan diterima", "Referral accepted"),
    "referral_rejected": ("Rujukan ditolak", "Referral rejected"), "referral_done": ("Rujukan selesai", "Referral done"),
    "referral_revoked": ("Rujukan dicabut", "Referral revoked"),
    "no_contact_for_agency": ("Mitra tanpa kontak", "Agency without a contact"),
    "clock_warned": ("Peringatan jam", "Clock warned"), "clock_breached": ("Lewat tenggat", "Clock overdue"),
    "clock_met": ("Janji terpenuhi", "Promise kept"), "paged": ("Panggilan", "Paged"),
    "nobody_to_page": ("TIDAK ADA yang bisa dipanggil", "NOBODY to page"),
    "acknowledged": ("Dikonfirmasi", "Acknowledged"), "reopened": ("Dibuka lagi", "Reopened"),
    "identifier_conflict": ("Identitas bertentangan", "Identifiers conflict"),
    "user": ("petugas", "staff"), "machine": ("mesin", "machine"), "worker": ("pelapor", "reporter"),
    "agency": ("mitra", "agency"), "officer": ("Petugas", "Officer"), "supervisor": ("Supervisor", "Supervisor"),
    "admin": ("Admin", "Admin"),
    "no_rule": ("tidak ada aturan yang cocok", "no rule fits"), "u1_duty_room": ("U1: selalu ke ruang piket", "U1: always the duty room"),
    "given_back": ("dikembalikan mitra", "given back by an agency"), "read_event": ("Dibaca", "Read by"),
}  # fmt: skip


def label(word: object) -> str:
    """The word in the language of the page; the word itself where it has no label."""
    pair = _WORDS.get(str(getattr(word, "value", word)))
    if pair is None:
        return str(getattr(word, "value", word))
    return pair[1] if str(get_locale()) == "en" else pair[0]
