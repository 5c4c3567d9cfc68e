"""The day of a team on MagTrace, as load: list projects 3, upload a recording 2, start a training 1.

    pip install locust   (or apt-get install python3-locust)
    MAGTRACE_TOKEN=mgt_… locust -f locustfile.py --host https://magtrace.example --users 50 --spawn-rate 5

MAGTRACE_TOKEN: a token with the scopes read, write and train, of somebody who may make projects.
MAGTRACE_UPLOAD_MB: size of each recording, MB; 10 where it is not set.

Run it against an installation that is there to be loaded: it makes a project for each user, and leaves it.
Locust waits for each answer before it asks again, so a slow server is asked less often; `npm run bench -- load` shows
what an even stream of requests would have waited.
"""

import io
import math
import os
import random

from locust import HttpUser, between, task

UPLOAD_BYTES = int(float(os.environ.get("MAGTRACE_UPLOAD_MB", "10")) * 1_000_000)
RATE_HZ = 50


def recording(size):
    """A CSV of about `size` bytes: the earth's field, nT, with a hum in every other stretch of two seconds."""
    text = io.StringIO()
    text.write("timestamp_pc,b_x,b_y,b_z\n")
    row = 0
    while text.tell() < size:
        seconds = row / RATE_HZ
        hum = 120 * math.sin(2 * math.pi * 11 * seconds) if int(seconds / 2) % 2 else 0
        noise = random.gauss(0, 4)
        text.write(f"{seconds:.3f},{20000 + hum + noise:.2f},{5000 + hum / 2:.2f},{-43000 - hum / 3:.2f}\n")
        row += 1
    return text.getvalue().encode(), row


class Surveyor(HttpUser):
    wait_time = between(1, 5)

    def on_start(self):
        self.client.headers["Authorization"] = f"Bearer {os.environ['MAGTRACE_TOKEN']}"
        self.project = self.ask("POST", "/api/projects/", json={"name": f"Load {random.randrange(10**9)}"})["id"]
        small, rows = recording(200_000)
        dataset = self.upload(small)
        categories = self.ask("GET", f"/api/label-categories/?project_id={self.project}", name="/api/label-categories/")
        for start in range(2 * RATE_HZ, rows - 2 * RATE_HZ, 4 * RATE_HZ):
            self.ask(
                "POST",
                "/api/annotations/",
                json={
                    "dataset": dataset,
                    "category": categories[0]["id"],
                    "start_index": start,
                    "end_index": start + 2 * RATE_HZ - 1,
                },
            )
        self.dataset = dataset
        self.model = self.ask(
            "POST",
            "/api/user-models/",
            json={"project": self.project, "name": "Hum", "model_type": "random_forest"},
        )["id"]
        self.large, _ = recording(UPLOAD_BYTES)

    def ask(self, method, path, **options):
        with self.client.request(method, path, catch_response=True, **options) as answer:
            if answer.status_code >= 300:
                answer.failure(f"{answer.status_code}: {answer.text[:200]}")
                answer.raise_for_status()
            return answer.json()

    def upload(self, content):
        return self.ask(
            "POST",
            "/api/datasets/upload/",
            data={"project": str(self.project)},
            files={"file": ("survey.csv", content, "text/csv")},
        )["id"]

    @task(3)
    def list_projects(self):
        self.ask("GET", "/api/projects/")

    @task(2)
    def upload_recording(self):
        self.upload(self.large)

    @task(1)
    def start_training(self):
        self.ask(
            "POST",
            "/api/training-sessions/start_training/",
            json={"model_id": self.model, "dataset_id": self.dataset},
        )
