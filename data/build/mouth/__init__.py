"""How the built-in mouth network is made: speak, label, train, export, report.

Scripts for who builds it (extra `build`), each one command: `python -m data.build.mouth.speak` and
so on. The running server never imports this package; it reads the exported file alone.
"""
