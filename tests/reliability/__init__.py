"""What txloop survives: load, faults, hostile input, and every order of events.

    python -m reliability            everything, from the folder `tests`: minutes; ends with a table
    python -m reliability --short    the same at the size that pytest runs: below a minute
    pytest tests/reliability         the short form

Each file here is one kind of trouble and runs under pytest with both loops; the command
runs them with larger numbers and adds the soak (soak.py), which pytest only tries out.
"""
