"""For those who run the service: is it up, is it ready, how much has it done."""

from concurrent.futures import ThreadPoolExecutor

from apiflask import APIBlueprint
from flask import Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST

from service import readiness
from service.answers import json_answer
from service.api import answers
from service.context import Context
from service.errors import Problem, fault
from service.metrics import Metrics
from service.security import route_of_request, seconds_since_begin


def create_blueprint(made: Context) -> APIBlueprint:
    """The routes, with an executor and a registry of their own."""
    blueprint = APIBlueprint("operations", __name__, tag="Operations")
    # Six: three questions of /readyz and two of /metrics may be asked at once.
    executor = ThreadPoolExecutor(max_workers=6, thread_name_prefix="question")
    metrics = Metrics(made, executor)

    @blueprint.after_app_request
    def count(response: Response) -> Response:
        if "began" in g:
            metrics.count(
                method=request.method,
                route=route_of_request(),
                status=response.status_code,
                seconds=seconds_since_begin(),
            )
        return response

    @blueprint.get("/healthz")
    @blueprint.output(answers.Health)
    @blueprint.doc(operation_id="health")
    def healthz() -> Response:
        """Is the process alive?

        Asks neither the database nor Redis: restarting this process would help neither.
        """
        return json_answer({"status": "ok"})

    @blueprint.get("/readyz")
    @blueprint.output(answers.Readiness)
    @blueprint.doc(operation_id="readiness")
    def readyz() -> Response:
        """Can the service do its work?

        Asks the database, Redis and whether a classify worker is alive; 503 with the reasons otherwise.
        """
        checks = readiness.check(made, executor)
        errors = [fault(f"/{name}", state) for name, state in checks.items() if state != "ok"]
        if errors:
            raise Problem("not_ready", errors=errors, headers={"Retry-After": "5"})
        return json_answer({"status": "ready", "checks": checks})

    @blueprint.get("/metrics")
    @blueprint.output({}, content_type="text/plain", description="Prometheus text format.")
    @blueprint.doc(operation_id="metrics")
    def show_metrics() -> Response:
        """Prometheus metrics"""
        return Response(metrics.text(), content_type=CONTENT_TYPE_LATEST)

    return blueprint
