"""The e-mails on a page of their own, and for tests as JSON."""

from flask import Blueprint, Response, jsonify, render_template, request

from hotline.channels.phones.switchboard import switchboard

mail_page = Blueprint("mail_page", __name__)

WORDS = {
    "id": {
        "title": "Surel",
        "note": "Tiruan: surel dari hotline berhenti di sini. Halaman ini memperbarui diri.",
        "none": "Belum ada surel.",
        "to": "Kepada",
        "phones": "Telepon",
    },
    "en": {
        "title": "E-mail",
        "note": "A stand-in: e-mails of the hotline end here. This page renews itself.",
        "none": "No e-mail yet.",
        "to": "To",
        "phones": "Telephones",
    },
}


@mail_page.get("/mail")
def show() -> str:
    lang = "en" if request.args.get("lang") == "en" else "id"
    return render_template(
        "phones/mail.html", lang=lang, words=WORDS[lang], mails=switchboard().mailbox.all()
    )


@mail_page.get("/_control/mail")
def listed() -> Response:
    """What arrived, the latest first."""
    mails = switchboard().mailbox.all()
    return jsonify(
        mails=[
            {"at": one.at.isoformat(), "to": one.to, "subject": one.subject, "text": one.text}
            for one in mails
        ]
    )
