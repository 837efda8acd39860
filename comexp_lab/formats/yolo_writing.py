"""soon"""
def write(source, sink): return {}
