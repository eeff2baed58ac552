"""python3 unpack.py WHEEL TARGET PREFIX...: unpacks the members with these prefixes, less their first folder."""
import sys
import zipfile

wheel, target, *prefixes = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    for member in archive.infolist():
        if member.filename.startswith(tuple(prefixes)) and not member.is_dir():
            member.filename = member.filename.split("/", 1)[1]
            archive.extract(member, target)
