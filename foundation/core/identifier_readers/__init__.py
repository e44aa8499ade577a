"""How each kind of identifier is checked and written: functions from text to a Reading, without a database."""
