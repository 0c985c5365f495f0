"""scipy's functions on traced values; scipy itself is never imported from here."""
