"""The cast of every story. All numbers are of a range kept for drama (Ofcom) or cannot exist."""

from __future__ import annotations

from hotline.seeding import DIRECTOR_PHONE, OFFICER_PHONE, SUPERVISOR_PHONE

ACCOUNT_SID = "AC" + "0123456789abcdef" * 2
AUTH_TOKEN = "a-token-for-tests-only"
SMS_NUMBER = "+12025550143"
PUBLIC_URL = "http://hotline.example"

# Amina works in Riyadh: a Saudi number whose national part begins with zeros is nobody's.
AMINA = "+966000000101"
AMINA_USER_ID = "SA.Amina101"
# Eli works for an agency that has nothing to do with her.
ELI = "+447700900998"
BERTA, DANA, DIRECTOR = OFFICER_PHONE, SUPERVISOR_PHONE, DIRECTOR_PHONE

LOCKED_IN = "tolong saya disekap majikan, sudah 2 hari tidak dikasih makan"
HARMLESS = "selamat pagi, mau tanya syarat perpanjang paspor"
