"""One ready-made instruction for each kind of message the provider delivers; `from` is still to be given."""

from typing import Any

PERSON = {"channel": "whatsapp", "profile_name": "Sari", "external_user_id": "GB.1234567890123456"}
LONG = "Saya bekerja di rumah majikan sejak Maret dan belum pernah dibayar. Paspor saya disimpan mereka. "

SPECIMENS: dict[str, dict[str, Any]] = {
    "sms_text": {"text": "Saya belum dibayar gaji 3 bulan"},
    "sms_unicode_padded": {"text": " 請幫忙 🙏 a+b&c=d \n"},
    "sms_nul": {"text": "tolong\x00saya"},
    "sms_base64": {"text": LONG, "encoding": "base64"},
    "sms_long": {"text": LONG * 20},
    "sms_parts_out_of_order": {"text": LONG * 4, "parts": 3, "order": "reversed"},
    "sms_part_lost": {"text": LONG * 4, "parts": 3, "lost_parts": [2]},
    "sms_stop": {"kind": "stop"},
    "sms_stop_advanced_optout": {"kind": "stop", "opt_out_type": "STOP"},
    "sms_start": {"kind": "start"},
    "sms_start_advanced_optout": {"kind": "start", "opt_out_type": "START"},
    "sms_help": {"kind": "help"},
    "sms_help_advanced_optout": {"kind": "help", "opt_out_type": "HELP"},
    "mms_two_images": {"kind": "media", "media": ["image/jpeg", "image/png"]},
    "wa_text": {**PERSON, "text": "Halo, saya butuh bantuan"},
    "wa_photo": {**PERSON, "kind": "photo", "text": "ini rumahnya"},
    "wa_voice_note": {**PERSON, "kind": "voice"},
    "wa_video": {**PERSON, "kind": "video"},
    "wa_pdf": {**PERSON, "kind": "pdf"},
    "wa_vcard": {**PERSON, "kind": "vcard"},
    "wa_location": {
        **PERSON,
        "kind": "location",
        "latitude": "24.7136",
        "longitude": "46.6753",
        "address": "Riyadh",
        "label": "Rumah majikan",
    },
    "wa_quick_reply": {**PERSON, "kind": "button", "button_text": "Ya", "button_payload": "consent:yes"},
    "wa_list_reply": {**PERSON, "kind": "list", "list_title": "Gaji tidak dibayar", "list_id": "GAJI"},
    "wa_quoted_reply": {**PERSON, "kind": "quote", "text": "ya, betul"},
    "wa_forwarded": {**PERSON, "kind": "forwarded", "text": "Teman saya perlu bantuan"},
    "wa_referral": {**PERSON, "kind": "referral", "text": "Saya lihat iklan ini"},
    "wa_bsuid_only_no_phone": {
        "kind": "bsuid",
        "external_user_id": "GB.1234567890123456",
        "profile_username": "sari.k",
        "text": "hai",
    },
    "wa_stop": {**PERSON, "kind": "stop"},
    "wa_unsupported": {**PERSON, "kind": "unsupported"},
}
