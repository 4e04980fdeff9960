"""Say in one sentence why the tests cannot use PostgreSQL and Redis; say nothing if they can.

services.py DATABASE_URL REDIS_URL. Passwords in the addresses are never printed.
"""

import sys

import environ
import psycopg2
import redis


def trouble_with_database(url: str) -> str:
    settings = environ.Env.db_url_config(url)
    where = f"{settings['HOST']}:{settings['PORT'] or 5432}"
    try:
        connection = psycopg2.connect(
            dbname="postgres",
            user=settings["USER"] or None,
            password=settings["PASSWORD"] or None,
            host=settings["HOST"] or None,
            port=settings["PORT"] or None,
            connect_timeout=5,
        )
    except psycopg2.OperationalError as error:
        return f"PostgreSQL tại {where} không trả lời ({str(error).strip().splitlines()[0]})."
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user")
        row = cursor.fetchone()
    connection.close()
    if not row or not row[0]:
        return f"tài khoản PostgreSQL tại {where} không có quyền tạo cơ sở dữ liệu kiểm thử."
    return ""


def trouble_with_redis(url: str) -> str:
    client = redis.Redis.from_url(url, socket_connect_timeout=5)
    try:
        client.ping()
    except redis.RedisError as error:
        return f"Redis tại {url.rsplit('@', 1)[-1]} không trả lời ({error})."
    return ""


if __name__ == "__main__":
    database_url, redis_url = sys.argv[1:]
    print(trouble_with_database(database_url) or trouble_with_redis(redis_url), end="")
