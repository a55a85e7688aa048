"""What txloop survives: load, faults, hostile input, and every order of events.

    python -m reliability            everything, from the folder `tests`: ten minutes; ends with a table
    python -m reliability --short    the same at the size that pytest runs: about a minute
    pytest tests/reliability         the short form

Each file here is one kind of trouble and runs under pytest with both loops; the command
runs them with larger numbers and adds the load.

    load                     soak.py, crowd.py (the other process), test_soak.py
    faults from outside      test_no_descriptors, test_bad_peers, test_tls_faults, test_bad_surroundings
                             (names, disks, threads), test_sigterm
    user code that raises    raising_player.py with test_raising; test_raising_tls, test_raising_elsewhere
    every order of calls     stream_player.py on both libraries, stream_model.py, test_stream_machine
    hostile input            test_hostile_streams, test_hostile_texts (text_player.py), test_hostile_files
    TLS                      test_tls_defaults; ../txloop_asyncio/test_tls_certificates, the bad ones
    threads, reentrancy      test_threads_and_reentrancy: 64 threads, stop from everywhere, restarts, children
"""
