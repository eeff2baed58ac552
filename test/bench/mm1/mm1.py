"""M/M/1 in SimPy: a line "path customers" names gaps and service times as doubles; a line of JSON goes out."""
import json, sys, time
from array import array

import simpy


def customer(env, server, service, times):
    arrived = env.now
    with server.request() as turn:
        yield turn
        yield env.timeout(service)
    times.append(env.now - arrived)


def source(env, server, gaps, services, times):
    for gap, service in zip(gaps, services):
        yield env.timeout(gap)
        env.process(customer(env, server, service, times))


for line in sys.stdin:
    path, customers = line.split()
    drawn = array("d")
    with open(path, "rb") as file:
        drawn.fromfile(file, 2 * int(customers))
    gaps, services, times = drawn[: int(customers)].tolist(), drawn[int(customers) :].tolist(), []
    start = time.process_time()
    env = simpy.Environment()
    env.process(source(env, simpy.Resource(env), gaps, services, times))
    env.run()
    seconds = time.process_time() - start
    total = 0.0
    for spent in times:  # not sum(), which compensates from Python 3.12 on
        total += spent
    print(json.dumps({"mean": total / len(times), "seconds": seconds}), flush=True)
