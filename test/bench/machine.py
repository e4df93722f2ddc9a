"""What machine a run stood on, in words that name no host and no path."""
import os, platform, statistics, tempfile, time


def cpu_model():
    with open("/proc/cpuinfo") as f:
        for line in f:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def memory_gib():
    with open("/proc/meminfo") as f:
        return int(f.readline().split()[1]) / 1024 / 1024


def filesystem(folder):
    folder, best = os.path.realpath(folder), ("", "unknown")
    with open("/proc/mounts") as f:
        for line in f:
            _, point, kind = line.split()[:3]
            if (folder + "/").startswith(point.rstrip("/") + "/") and len(point) > len(best[0]):
                best = (point, kind)
    return best[1]


def sync_microseconds(folder, times=200):
    """Median time of a 4 KiB write and fdatasync into a file that has its blocks already."""
    block, took = b"x" * 4096, []
    with tempfile.TemporaryFile(dir=folder) as f:
        os.write(f.fileno(), block * times)
        os.fsync(f.fileno())
        for i in range(times):
            began = time.perf_counter()
            os.pwrite(f.fileno(), block, 4096 * i)
            os.fdatasync(f.fileno())
            took.append((time.perf_counter() - began) * 1e6)
    return statistics.median(took)


def describe(folder):
    return {"cores": os.cpu_count(), "processor": cpu_model(), "memory_gib": round(memory_gib(), 1), "kernel": "%s %s" % (platform.system(), platform.release()),
            "filesystem": filesystem(folder), "sync_us": round(sync_microseconds(folder))}
