"""The Flask extensions, made once and bound to an application in `hotline.app`."""

from __future__ import annotations

from flask_babel import Babel
from flask_migrate import Migrate
from flask_security.core import Security
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect

from cases.database import Base

# The models live below, on a plain declarative base; Flask-SQLAlchemy adds sessions bound to a request.
db = SQLAlchemy(model_class=Base)
migrate = Migrate()
babel = Babel()
csrf = CSRFProtect()
security = Security()
