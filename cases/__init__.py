"""Ground floor: what happened, to whom, who may know."""
