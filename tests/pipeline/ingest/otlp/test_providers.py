"""Providers are called as OpenTelemetry calls them, whatever the dialect says."""

CASES = [
    ({"gen_ai.provider.name": "aws.bedrock"}, "aws.bedrock"),
    ({"gen_ai.system": "az.ai.openai"}, "azure.ai.openai"),
    ({"gen_ai.system": "az.ai.inference"}, "azure.ai.inference"),
    ({"gen_ai.system": "vertex_ai"}, "gcp.vertex_ai"),
    ({"gen_ai.system": "gemini"}, "gcp.gemini"),
    ({"gen_ai.system": "xai"}, "x_ai"),
    ({"gen_ai.system": "MistralAI"}, "mistral_ai"),
    ({"gen_ai.system": "Anthropic"}, "anthropic"),
    ({"gen_ai.system": "anthropic.messages"}, "anthropic"),
    ({"gen_ai.system": "gcp.vertex.agent", "llm.provider": "google"}, "gcp.gen_ai"),
    ({"llm.provider": "OpenAI"}, "openai"),
    ({"llm.provider": "azure", "llm.system": "openai"}, "azure.ai.openai"),
    ({"llm.provider": "google", "llm.system": "vertexai"}, "gcp.vertex_ai"),
    ({"llm.system": "anthropic"}, "anthropic"),
    ({"llm.provider": "aws", "llm.system": "anthropic"}, "aws.bedrock"),
    ({"gen_ai.provider.name": "A House Model"}, "a house model"),
    ({}, None),
]


def test_providers_are_called_as_opentelemetry_calls_them(warehouse, build, call):
    del call["gen_ai.provider.name"]
    spans = [build.span(i, call | given) for i, (given, _) in enumerate(CASES, start=1)]
    warehouse.read(build.traces(*spans))
    warehouse.derive()
    rows = sorted(warehouse.rows("llm_requests"), key=lambda row: row["request_id"])
    assert [row.get("provider") for row in rows] == [known for _, known in CASES]
