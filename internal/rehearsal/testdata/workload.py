"""Runs the code of the service, with SQLAlchemy and psycopg2, at a steady rate in several threads.

The fixture's package authservice must be importable (PYTHONPATH), and AUTH_DATABASE_URL and AUTH_VARIANT must be set. Each
operation prints one line of JSON when it has ended:

    {"at": start in seconds since 1970, "ms": duration, "kind": "read" or "write", "op": its name,
     "key": its subject, "value": the acknowledged value, "error": null, or SQLSTATE and message}

Each writer has separate followers, accounts and passwords, so its lines determine the expected content of the database.
Standard input takes one command per line. "mixed" allows all users to follow each other. "apart", the default, keeps
followers and followed users separate, so that the lock order of the service cannot deadlock. The end of standard input
stops the program.
"""
import argparse
import json
import random
import sys
import threading
import time

from sqlalchemy import desc, text
from sqlalchemy.orm import sessionmaker

from authservice import service
from authservice.models import User, UserFollow, UserFollowStats
from authservice.variant import engine, has

arguments = argparse.ArgumentParser()
arguments.add_argument("--writes", type=float, default=100, help="writes per second of all threads")
arguments.add_argument("--reads", type=float, default=50, help="reads per second of all threads")
arguments.add_argument("--writers", type=int, default=6)
arguments.add_argument("--readers", type=int, default=3)
arguments.add_argument("--ways", default="python,sql,recount,none", help="how the counts are kept: of service.WAYS")
arguments.add_argument("--ids", type=int, default=80, help="number of the most followed users to use")
arguments.add_argument("--seed", type=int, default=1)
options = arguments.parse_args()

bind = engine(pool_size=options.writers + options.readers)
session = sessionmaker(bind)
ways = options.ways.split(",")
with session() as db:
    ids = [row[0] for row in db.execute(text(
        "SELECT following_id FROM user_follows GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT :n"), {"n": options.ids})]
    names = [row[0] for row in db.execute(text("SELECT username FROM users ORDER BY id LIMIT 2000"))]
stop, mixed, printing = threading.Event(), threading.Event(), threading.Lock()


def report(began, kind, op, key, value, error):
    """Prints one line. The lock keeps the lines of a thread in order."""
    line = json.dumps({"at": began, "ms": (time.time() - began) * 1000, "kind": kind, "op": op, "key": key, "value": value, "error": error})
    with printing:
        print(line, flush=True)


def describe(error):
    state = getattr(getattr(error, "orig", None), "pgcode", None) or type(error).__name__
    return f"{state} {str(error).splitlines()[0][:200]}"


def at_pace(number, threads, rate, work):
    """Calls work at a steady rate. After a delay it continues without catching up."""
    pause = threads / rate
    due = time.time() + pause * number / threads
    while not stop.wait(max(0, due - time.time())):
        due = max(due + pause, time.time() - pause)
        work()


class Writer:
    def __init__(self, number):
        self.number = number
        self.rng = random.Random(options.seed * 1000 + number)
        self.followers = ids[number::options.writers]
        self.apart = [id for n, id in enumerate(ids) if n % 2 == 0], [id for id in self.followers if ids.index(id) % 2 == 1]
        self.accounts = []  # the usernames that this writer has registered
        self.made = 0

    def work(self):
        dice = self.rng.random()
        if dice < .08 or (dice < .14 and not self.accounts):
            self.register()
        elif dice < .11:
            self.account("role")
        elif dice < .14:
            self.account("password")
        elif dice < .145 and len(self.accounts) > 5:
            self.remove()
        else:
            self.follow("follow" if dice < .60 else "unfollow")

    def done(self, op, key, value, work):
        began = time.time()
        try:
            with session() as db:
                work(db)
        except Exception as error:  # any error that the service would see
            report(began, "write", op, key, value, describe(error))
            return False
        report(began, "write", op, key, value, None)
        return True

    def follow(self, op):
        followings, followers = (ids, self.followers) if mixed.is_set() else self.apart
        a, b = self.rng.choice(followers or self.followers), self.rng.choice(followings)
        if a != b:
            way = self.rng.choice(ways)
            self.done(op, [a, b], op == "follow", lambda db: getattr(service, op)(db, a, b, way))

    def new_secret(self):
        """Returns a string in the format of a bcrypt hash. Computing real ones would take most of the time."""
        return "$2b$12$" + "".join(self.rng.choices("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./", k=53))

    def register(self):
        self.made += 1
        name = f"new_{options.seed}_{self.number}_{self.made}"
        secret = self.new_secret()
        if self.done("register", name, secret, lambda db: service.register(
                db, name, name, password_hash=secret, email=f"{name}@example.org" if self.made % 3 else None)):
            self.accounts.append(name)

    def account(self, op):
        name = self.rng.choice(self.accounts)
        value = self.rng.choice(["AGENT", "OWNER", "BROKER"]) if op == "role" else self.new_secret()

        def work(db):
            if op == "role":
                service.set_role(db, name, value)
            else:
                db.query(User).filter(User.username == name).one().password_hash = value
                db.commit()
        self.done(op, name, value, work)

    def remove(self):
        name = self.accounts.pop(self.rng.randrange(len(self.accounts)))

        def work(db):
            db.delete(db.query(User).filter(User.username == name).one())
            db.commit()
        self.done("remove", name, None, work)


class Reader:
    def __init__(self, number):
        self.rng = random.Random(options.seed * 1000 + 500 + number)
        self.queries = [self.profile, self.followers, self.following, self.stats, self.follows, self.directory]

    def work(self):
        query = self.rng.choice(self.queries)
        began = time.time()
        error = None
        try:
            with session() as db:
                query(db)
        except Exception as failed:
            error = describe(failed)
        report(began, "read", query.__name__, None, None, error)

    def profile(self, db):
        return db.query(User).filter(User.username == self.rng.choice(names)).first()

    def followers(self, db):
        return db.query(UserFollow).filter_by(following_id=self.rng.choice(ids)).order_by(desc(UserFollow.created_at), desc(UserFollow.id)).limit(20).all()

    def following(self, db):
        return db.query(UserFollow).filter_by(follower_id=self.rng.choice(ids)).order_by(desc(UserFollow.created_at), desc(UserFollow.id)).limit(20).all()

    def stats(self, db):
        return db.get(UserFollowStats, self.rng.choice(ids))

    def follows(self, db):
        return db.query(UserFollow).filter_by(follower_id=self.rng.choice(ids), following_id=self.rng.choice(ids)).first()

    def directory(self, db):
        if has("team"):  # the team's own view
            return db.execute(text("SELECT * FROM user_directory WHERE username = :name"), {"name": self.rng.choice(names)}).all()
        return db.query(User).order_by(desc(User.id)).limit(20).all()


def listen():
    for line in sys.stdin:
        mixed.set() if line.strip() == "mixed" else mixed.clear()
    stop.set()


threads = [threading.Thread(target=at_pace, args=(n, options.writers, options.writes, Writer(n).work)) for n in range(options.writers) if options.writes]
threads += [threading.Thread(target=at_pace, args=(n, options.readers, options.reads, Reader(n).work)) for n in range(options.readers) if options.reads]
threading.Thread(target=listen, daemon=True).start()
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
