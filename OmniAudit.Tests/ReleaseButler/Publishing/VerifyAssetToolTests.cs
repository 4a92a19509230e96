using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using OmniAudit.Modules.Receipts;
using OmniAudit.Tests.GitHub;

namespace OmniAudit.Tests.ReleaseButler.Publishing;

public sealed class VerifyAssetToolTests(ReleaseWorld world) : IClassFixture<ReleaseWorld>
{
    private static readonly byte[] Bytes = "the archive"u8.ToArray();
    private static readonly string Right = Convert.ToHexStringLower(SHA256.HashData(Bytes));
    private static readonly string Wrong = new('0', 64);

    private readonly ReleaseBench _bench = world.Bench();
    private readonly FakeGitHub _gitHub = world.GitHub;

    private async Task<JsonElement> VerifyAsync(long asset, string source = "auto") =>
        (await _bench.App.CallAsync("releasebutler.verify_asset", new { repo = _bench.Repository.FullName, asset_id = asset, checksum_source = source })).GetProperty("structuredContent");

    private static string? Verdict(JsonElement answer) => answer.TryGetProperty("verdict", out var verdict) ? verdict.GetString() : answer.GetRawText();

    private static bool? Verified(JsonElement answer) => answer.TryGetProperty("verified", out var verified) ? verified.GetBoolean() : null;

    private static string StateOf(JsonElement answer, string kind) => string.Join(',', answer.GetProperty("sources").EnumerateArray().Where(s => s.GetProperty("kind").GetString() == kind).Select(s => s.GetProperty("state").GetString()));

    private (FakeRelease Release, FakeAsset Asset) Released(bool digest = true)
    {
        var release = _gitHub.AddRelease(_bench.Repository, "v1.0.0");
        var asset = _gitHub.AddAsset(release, "app.zip", Bytes);
        release.Assets[0] = asset with { HasDigest = digest };
        return (release, release.Assets[0]);
    }

    [Fact]
    public async Task Asset_AgainstAGivenHash_AgreesOrConflicts()
    {
        var (_, asset) = Released();
        var good = await VerifyAsync(asset.Id, Right.ToUpperInvariant());
        Assert.Equal(("agree", true, Right), (Verdict(good), Verified(good), good.GetProperty("sha256").GetString()));
        var bad = await VerifyAsync(asset.Id, Wrong);
        Assert.Equal(("conflict", false), (Verdict(bad), Verified(bad)));
    }

    [Theory]
    [InlineData("{right}  app.zip", "integrity_only", true)]
    [InlineData("{wrong}  app.zip", "conflict", false)]
    [InlineData("{right}  other.zip", "not_listed", null)]
    [InlineData("{wrong}  other.zip\n{right}  ./dist/app.zip", "integrity_only", true)]
    [InlineData("{right}  app.zip\n{wrong}  app.zip", "conflict", false)]
    [InlineData("0cc175b9c0f1b6a831c399e269772661  app.zip", "not_listed", null)]
    public async Task Asset_AgainstANamedList_IsFoundByItsNameOnly(string list, string verdict, bool? verified)
    {
        var (release, asset) = Released();
        var sums = _gitHub.AddAsset(release, "SHA256SUMS", Encoding.UTF8.GetBytes(list.Replace("{right}", Right, StringComparison.Ordinal).Replace("{wrong}", Wrong, StringComparison.Ordinal)));
        var answer = await VerifyAsync(asset.Id, $"asset:{sums.Id}");
        Assert.Equal((verdict, verified), (Verdict(answer), Verified(answer)));
    }

    [Fact]
    public async Task Asset_WithoutAnythingThatSpeaksOfIt_IsNotListedAndNeverVerified()
    {
        var (_, asset) = Released(digest: false);
        var answer = await VerifyAsync(asset.Id);
        Assert.Equal(("not_listed", null), (Verdict(answer), Verified(answer)));
    }

    [Fact]
    public async Task Digest_OfGitHubThatDiffers_IsAConflict()
    {
        var release = _gitHub.AddRelease(_bench.Repository, "v1.0.0");
        var asset = _gitHub.AddAsset(release, "app.zip", Bytes);
        // The storage hands out other bytes than the API speaks of.
        _gitHub.Break(new RouteFault("GET", $"/releases/assets/{asset.Id}", async (context, proceed) =>
        {
            if (context.Request.Headers.Accept.ToString().Contains("octet-stream", StringComparison.Ordinal)) await context.Response.Body.WriteAsync("evil bytes!"u8.ToArray());
            else await proceed();
        }, times: 9));
        var answer = await VerifyAsync(asset.Id);
        Assert.Equal(("conflict", "mismatch"), (Verdict(answer), StateOf(answer, "api_digest")));
    }

    [Fact]
    public async Task Release_OfOurs_AgreesFourWaysAndItsStatementVerifiesWithOpenssl()
    {
        var done = await _bench.ApprovedAsync(_bench.Arguments(_bench.ThreeFiles(), ("provenance_manifest", true), ("checksums", true)));
        var release = Assert.Single(_bench.Repository.Releases);
        foreach (var asset in release.Assets.Where(a => a.Name.StartsWith("app-", StringComparison.Ordinal)))
        {
            var answer = await VerifyAsync(asset.Id);
            Assert.Equal(("agree", true), (Verdict(answer), Verified(answer)));
            Assert.Equal(("match", "match", "signed_by_this_log"), (StateOf(answer, "api_digest"), StateOf(answer, "checksums"), StateOf(answer, "attestation")));
        }
        var carrier = release.Assets.Single(a => a.Name == "v1.0.0.intoto.jsonl");
        var envelope = JsonDocument.Parse(carrier.Bytes).RootElement;
        var payload = Convert.FromBase64String(envelope.GetProperty("payload").GetString()!);
        var statement = JsonDocument.Parse(payload).RootElement;
        Assert.Equal(("https://in-toto.io/Statement/v1", "https://in-toto.io/attestation/release/v0.2", 4),
            (statement.GetProperty("_type").GetString(), statement.GetProperty("predicateType").GetString(), statement.GetProperty("subject").GetArrayLength()));
        Assert.Equal(($"pkg:github/{_bench.Repository.FullName}@v1.0.0", done.Summary.ApprovalId), (statement.GetProperty("predicate").GetProperty("purl").GetString(), statement.GetProperty("predicate").GetProperty("omniaudit_approval").GetString()));
        Assert.Equal(ReleaseBenchVkey(), envelope.GetProperty("signatures")[0].GetProperty("keyid").GetString());

        Assert.Equal(0, await OpensslAsync(payload, Convert.FromBase64String(envelope.GetProperty("signatures")[0].GetProperty("sig").GetString()!)));
        payload[^2] ^= 1;
        Assert.NotEqual(0, await OpensslAsync(payload, Convert.FromBase64String(envelope.GetProperty("signatures")[0].GetProperty("sig").GetString()!)));
        // And the list is one that sha256sum takes.
        Assert.Equal($"{release.Assets.Single(a => a.Name == "app-1.0.tar.gz").Bytes.Length}", new FileInfo(Path.Combine(_bench.Directory, "app-1.0.tar.gz")).Length.ToString());
        await File.WriteAllBytesAsync(Path.Combine(_bench.Directory, "SHA256SUMS"), release.Assets.Single(a => a.Name == "SHA256SUMS").Bytes);
        using var check = Process.Start(new ProcessStartInfo("sha256sum", "-c --strict --quiet SHA256SUMS") { WorkingDirectory = _bench.Directory })!;
        await check.WaitForExitAsync();
        Assert.Equal(0, check.ExitCode);

        // The same with this program and nothing else.
        var statementFile = Path.Combine(_bench.Directory, carrier.Name);
        await File.WriteAllBytesAsync(statementFile, carrier.Bytes);
        var vkey = _bench.App.Get<ReceiptLog>().Vkey!;
        Assert.Equal(VerifyCommand.ExitValid, await VerifyCommand.VerifyStatementAsync(statementFile, vkey, _bench.Directory, TextWriter.Null, CancellationToken.None));
        Assert.Equal(VerifyCommand.ExitInvalid, await VerifyCommand.VerifyStatementAsync(statementFile, LogKey.FromSecret("other.example/log", LogKey.NewSecret()).Verifier.ToString(), _bench.Directory, TextWriter.Null, CancellationToken.None));
        _bench.File("app-1.0.txt", "WORDS");
        Assert.Equal(VerifyCommand.ExitInvalid, await VerifyCommand.VerifyStatementAsync(statementFile, vkey, _bench.Directory, TextWriter.Null, CancellationToken.None));
        File.Delete(Path.Combine(_bench.Directory, "app-1.0.txt"));
        Assert.Equal(VerifyCommand.ExitIncomplete, await VerifyCommand.VerifyStatementAsync(statementFile, vkey, _bench.Directory, TextWriter.Null, CancellationToken.None));

        string ReleaseBenchVkey() => string.Join('+', _bench.App.Get<ReceiptLog>().Vkey!.Split('+')[..2]);
    }

    [Theory]
    [InlineData("changed statement", "conflict", "bad_signature")]
    [InlineData("other key", "integrity_only", "identity_not_verified")]
    [InlineData("other key, other hash", "conflict", "mismatch")]
    [InlineData("nonsense", "integrity_only", "unreadable")]
    [InlineData("other file", "integrity_only", "absent")]
    public async Task Statement_OfADoubtfulKind_IsSaidToBeWhatItIs(string what, string verdict, string state)
    {
        var (release, asset) = Released();
        var log = _bench.App.Get<ReceiptLog>();
        byte[] Statement(string name, string hash) => JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object>
        {
            ["_type"] = "https://in-toto.io/Statement/v1", ["subject"] = new[] { new { name, digest = new { sha256 = hash } } }, ["predicateType"] = "https://slsa.dev/provenance/v1", ["predicate"] = new { },
        });
        DsseEnvelope Foreign(byte[] statement) => DsseEnvelope.Sign(DsseEnvelope.InToto, statement, LogKey.FromSecret("elsewhere.example/log", LogKey.NewSecret()));
        var bytes = what switch
        {
            "changed statement" => (await log.SignStatementAsync(Statement("app.zip", Wrong), default) with { Payload = Statement("app.zip", Right) }).ToJson(),
            "other key" => Foreign(Statement("app.zip", Right)).ToJson(),
            "other key, other hash" => Foreign(Statement("app.zip", Wrong)).ToJson(),
            "other file" => (await log.SignStatementAsync(Statement("another.zip", Wrong), default)).ToJson(),
            _ => "{}"u8.ToArray(),
        };
        _gitHub.AddAsset(release, "v1.intoto.jsonl", bytes);
        var answer = await VerifyAsync(asset.Id);
        Assert.Equal((verdict, state), (Verdict(answer), StateOf(answer, "attestation")));
    }

    [Fact]
    public async Task Asset_ThatIsNotThereOrNotWhole_IsRefused()
    {
        var (release, _) = Released();
        var stub = _gitHub.AddAsset(release, "stub.zip", [], "starter");
        Assert.Equal("not_found", (await VerifyAsync(999_999)).GetProperty("error").GetString());
        Assert.Equal("not_ready", (await VerifyAsync(stub.Id)).GetProperty("error").GetString());
        Assert.Equal("invalid_arguments", (await VerifyAsync(stub.Id, "abc")).GetProperty("error").GetString());
    }

    /// <summary>The specification's own vector (github.com/secure-systems-lab/dsse, protocol.md).</summary>
    [Fact]
    public void Pae_OfTheSpecificationsVector_IsItsBytes()
    {
        Assert.Equal("DSSEv1 29 http://example.com/HelloWorld 11 hello world", Encoding.UTF8.GetString(DsseEnvelope.Pae("http://example.com/HelloWorld", "hello world"u8.ToArray())));
        // Lengths are of bytes.
        Assert.Equal("DSSEv1 2 ä 2 ö", Encoding.UTF8.GetString(DsseEnvelope.Pae("ä", "ö"u8.ToArray())));
    }

    [Fact]
    public void Envelope_InEitherBase64OrInsideABundle_IsRead()
    {
        var envelope = DsseEnvelope.Sign(DsseEnvelope.InToto, [0xfb, 0xff, 0xfe], LogKey.FromSecret("a.example/log", LogKey.NewSecret()));
        var json = Encoding.UTF8.GetString(envelope.ToJson());
        foreach (var spelled in new[] { json, json.Replace("+//+", "-__-", StringComparison.Ordinal), $$"""{"mediaType":"x","dsseEnvelope":{{json}}}""" })
            Assert.Equal(envelope.Payload, DsseEnvelope.Parse(Encoding.UTF8.GetBytes(spelled)).Payload);
        foreach (var bad in new[] { "[]", "{}", "x", """{"payloadType":"a","payload":"!","signatures":[]}""" }) Assert.Throws<FormatException>(() => DsseEnvelope.Parse(Encoding.UTF8.GetBytes(bad)));
    }

    /// <summary>A public key in base64 may hold the sign that parts a vkey.</summary>
    [Fact]
    public void KeyId_OfAnyKey_IsItsNameAndId()
    {
        for (var i = 0; i < 40; i++)
        {
            var key = LogKey.FromSecret("a.example/log", LogKey.NewSecret()).Verifier;
            Assert.Equal(string.Join('+', key.ToString().Split('+')[..2]), DsseEnvelope.KeyIdOf(key));
        }
    }

    /// <summary>As docs/releases.md tells a third party to do it.</summary>
    private async Task<int> OpensslAsync(byte[] payload, byte[] signature)
    {
        var directory = Directory.CreateTempSubdirectory("omniaudit-openssl");
        try
        {
            var raw = Convert.FromBase64String(_bench.App.Get<ReceiptLog>().Vkey!.Split('+', 3)[2])[1..];
            await File.WriteAllBytesAsync(Path.Combine(directory.FullName, "key.der"), [.. Convert.FromHexString("302a300506032b6570032100"), .. raw]);
            await File.WriteAllBytesAsync(Path.Combine(directory.FullName, "signed"), [.. Encoding.ASCII.GetBytes($"DSSEv1 28 application/vnd.in-toto+json {payload.Length} "), .. payload]);
            await File.WriteAllBytesAsync(Path.Combine(directory.FullName, "sig"), signature);
            using var openssl = Process.Start(new ProcessStartInfo("openssl", "pkeyutl -verify -pubin -keyform DER -inkey key.der -rawin -in signed -sigfile sig") { WorkingDirectory = directory.FullName, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
            await openssl.WaitForExitAsync();
            return openssl.ExitCode;
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }
}
