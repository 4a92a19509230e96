using OmniAudit.Modules.AdminOps.Ask;
using OmniAudit.Modules.Settings;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.AdminOps.Ask;

public sealed class ModelClientTests
{
    private static readonly ModelPrompt Prompt = new("system words", "user words");

    [Theory]
    [InlineData("https://api.openai.com/v1", "", "https://api.openai.com/v1/chat/completions")]
    [InlineData("https://llm.example/v1/", "2024-10-21", "https://llm.example/v1/chat/completions")]
    [InlineData("https://llm.example/v1/chat/completions", "", "https://llm.example/v1/chat/completions")]
    [InlineData("https://x.openai.azure.com", "2024-10-21", "https://x.openai.azure.com/openai/deployments/gpt-4o-mini/chat/completions?api-version=2024-10-21")]
    [InlineData("https://x.openai.azure.com/openai/deployments/mine", "2024-10-21", "https://x.openai.azure.com/openai/deployments/mine/chat/completions?api-version=2024-10-21")]
    [InlineData("https://x.cognitiveservices.example/openai/v1", "", "https://x.cognitiveservices.example/openai/v1/chat/completions")]
    public void Address_OfEachKindOfServer_IsWhereItListens(string url, string version, string expected) =>
        Assert.Equal(expected, ModelClient.Address(new ModelOptions { BaseUrl = url, ApiVersion = version }).AbsoluteUri);

    [Fact]
    public async Task Ask_Compatible_SendsBearerModelAndLimit()
    {
        await using var world = await AskWorld.StartAsync("honest");
        world.Model!.Says = _ => "hello";

        var reply = await world.Client.AskAsync(Prompt, default);

        Assert.Equal(("hello", null), (reply.Text, reply.Failure));
        var sent = Assert.Single(world.Model.Requests);
        Assert.Equal(("/v1/chat/completions", $"Bearer {AskWorld.Key}", ""), (sent.Path, sent.Authorization, sent.ApiKey));
        Assert.Equal(600, sent.Json.GetProperty("max_completion_tokens").GetInt32());
        Assert.Equal(("system words", "user words"), (sent.System, sent.User));
    }

    [Fact]
    public async Task Ask_Azure_SendsItsHeaderAndVersion()
    {
        await using var world = await AskWorld.StartAsync("honest");
        world.Model!.Says = _ => "hello";
        (world.Options.BaseUrl, world.Options.ApiVersion) = (world.Model.Url.Replace("/v1", "/azure", StringComparison.Ordinal), "2024-10-21");

        Assert.Equal("hello", (await world.Client.AskAsync(Prompt, default)).Text);

        var sent = Assert.Single(world.Model.Requests);
        Assert.Equal(("/azure/openai/deployments/honest/chat/completions?api-version=2024-10-21", "", AskWorld.Key), (sent.Path, sent.Authorization, sent.ApiKey));
    }

    [Theory]
    [InlineData("401", ModelFailure.Refused)]
    [InlineData("404", ModelFailure.Refused)]
    [InlineData("429", ModelFailure.RateLimited)]
    [InlineData("500", ModelFailure.Unreachable)]
    [InlineData("redirects", ModelFailure.Refused)]
    [InlineData("no-json", ModelFailure.NotUnderstood)]
    [InlineData("wrong-json", ModelFailure.NotUnderstood)]
    [InlineData("refuses", ModelFailure.Refused)]
    [InlineData("huge", ModelFailure.NotUnderstood)]
    [InlineData("breaks", ModelFailure.Unreachable)]
    public async Task Ask_ServerThatMisbehaves_IsOneFailureInOurWords(string kind, object failure)
    {
        await using var world = await AskWorld.StartAsync(kind);

        var reply = await world.Client.AskAsync(Prompt, default);

        Assert.Equal((ModelFailure)failure, reply.Failure);
        Assert.Null(reply.Text);
        Assert.DoesNotContain(world.Model!.Hits, h => h.Contains("elsewhere", StringComparison.Ordinal));
        foreach (var said in world.Log.Append(reply.Error!))
        {
            Assert.DoesNotContain(ModelStandIn.Leak, said, StringComparison.Ordinal);
            Assert.DoesNotContain(AskWorld.Key, said, StringComparison.Ordinal);
            Assert.DoesNotContain("user words", said, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("hangs")]
    [InlineData("streams")]
    public async Task Ask_ServerThatNeverEnds_EndsInTime(string kind)
    {
        await using var world = await AskWorld.StartAsync(kind);
        world.Options.TimeoutSeconds = 1;

        var reply = await world.Client.AskAsync(Prompt, default).WaitAsync(Eventually.Patience);

        Assert.Equal(ModelFailure.TimedOut, reply.Failure);
    }

    [Fact]
    public async Task Ask_NobodyListens_IsUnreachable()
    {
        await using var world = await AskWorld.StartAsync("honest");
        world.Options.BaseUrl = "http://127.0.0.1:9/v1";

        Assert.Equal(ModelFailure.Unreachable, (await world.Client.AskAsync(Prompt, default)).Failure);
    }

    [Fact]
    public async Task Ask_CallerThatLeaves_IsNoFailureOfTheModel()
    {
        await using var world = await AskWorld.StartAsync("hangs");
        using var left = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => world.Client.AskAsync(Prompt, left.Token));
    }

    [Fact]
    public async Task Ask_SwitchedOffOrWithoutKey_SendsNothing()
    {
        await using var world = await AskWorld.StartAsync("honest");

        world.Options.Enabled = false;
        Assert.Equal((ModelFailure.NotAllowed, "AI_FEATURES_ENABLED is false"), Said(await world.Client.AskAsync(Prompt, default)));
        world.Options.ApiKey = "";
        Assert.Equal((ModelFailure.NotConfigured, "LLM_API_KEY not configured"), Said(await world.Client.AskAsync(Prompt, default)));
        Assert.Empty(world.Model!.Requests);
    }

    [Theory]
    [InlineData("""{"choices":[{"message":{"content":"a"}}]}""", "a")]
    [InlineData("""{"choices":[{"message":{"content":[{"type":"text","text":"a"},{"type":"x"},{"text":"b"}]}}]}""", "ab")]
    [InlineData("""{"choices":[{"message":{"content":"  "}}]}""", null)]
    [InlineData("""{"choices":[{"message":{"content":"\ud800"}}]}""", null)]
    [InlineData("""{"choices":[]}""", null)]
    [InlineData("""{"choices":{"0":1}}""", null)]
    [InlineData("""[{"choices":1}]""", null)]
    [InlineData("""{"choices":[{"message":{"content":7}}]}""", null)]
    [InlineData("", null)]
    public void Parse_AnyBody_IsTextOrNotUnderstood(string body, string? text)
    {
        var reply = ModelClient.Parse(System.Text.Encoding.UTF8.GetBytes(body));

        Assert.Equal(text, reply.Text);
        Assert.Equal(text is null ? ModelFailure.NotUnderstood : null, reply.Failure);
    }

    private static (ModelFailure?, string?) Said(ModelReply reply) => (reply.Failure, reply.Error);
}
