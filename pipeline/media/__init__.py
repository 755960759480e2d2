"""Any recording as blocks of samples."""
