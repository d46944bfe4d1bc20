"""Names of model providers as OpenTelemetry writes them, whatever the dialect calls them.

A name we do not know stays as it is, in lower case. SQL over a relation with a column for each meaning in
`names`.
"""

from pipeline.ingest.otlp.names import quoted

# OpenInference tells where a model runs (llm.provider) apart from whose it is (llm.system):
# `provider:system`.
NAMES: dict[str, str] = {
    "amazon": "aws.bedrock",
    "amazon-bedrock": "aws.bedrock",
    "amazon_bedrock": "aws.bedrock",
    "aws": "aws.bedrock",
    "aws_bedrock": "aws.bedrock",
    "bedrock": "aws.bedrock",
    "az.ai.inference": "azure.ai.inference",
    "azure": "azure.ai.inference",
    "azure_ai": "azure.ai.inference",
    "azure:openai": "azure.ai.openai",
    "az.ai.openai": "azure.ai.openai",
    "azure-openai": "azure.ai.openai",
    "azure_openai": "azure.ai.openai",
    "azure.openai": "azure.ai.openai",
    "gcp.vertex.agent": "gcp.gen_ai",
    "google": "gcp.gen_ai",
    "google.generative-ai": "gcp.gemini",
    "google_genai": "gcp.gemini",
    "gemini": "gcp.gemini",
    "google-gla": "gcp.gemini",
    "google:vertexai": "gcp.vertex_ai",
    "google-vertex": "gcp.vertex_ai",
    "google.vertex": "gcp.vertex_ai",
    "google_vertexai": "gcp.vertex_ai",
    "vertex_ai": "gcp.vertex_ai",
    "vertexai": "gcp.vertex_ai",
    "mistral": "mistral_ai",
    "mistralai": "mistral_ai",
    "grok": "x_ai",
    "xai": "x_ai",
    "watsonx": "ibm.watsonx.ai",
    "moonshot": "moonshot_ai",
    "moonshotai": "moonshot_ai",
}
# Vercel's AI SDK adds which of a provider's interfaces was called: `openai.responses`, `anthropic.messages`.
_INTERFACE = r"\.(chat|messages|responses|completion|embedding)$"

_KNOWN = "MAP {" + ", ".join(f"{quoted(name)}: {quoted(known)}" for name, known in NAMES.items()) + "}"


def _normal(name: str) -> str:
    plain = f"regexp_replace(lower({name}), '{_INTERFACE}', '')"
    return f"coalesce({_KNOWN}[{plain}], {plain})"


PROVIDER = (
    f"CASE WHEN provider_name IS NOT NULL THEN {_normal('provider_name')}"
    f" ELSE coalesce({_KNOWN}[lower(llm_provider || ':' || llm_system)], {_normal('llm_provider')},"
    f" {_normal('llm_system')}) END"
)
