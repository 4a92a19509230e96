using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using OmniAudit.Modules.Receipts;
using OmniAudit.Modules.Storage;
using OmniAudit.Tests.Receipts;
using OmniAudit.Tests.Support;

namespace OmniAudit.Tests.Endpoints;

/// <summary>A public log of 600 receipts: two full tiles and a partial one.</summary>
public sealed class PublicLogApp : IAsyncLifetime
{
    public const int Size = 600;

    public TestApp App { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        App = await TestApp.StartAsync(o => o.Receipts.Public = true);
        var log = App.Get<ReceiptLog>();
        await App.Get<Database>().WriteAsync(
            async db =>
            {
                for (var i = 0; i < Size; i++) await log.AppendAsync(db, ReceiptStore.Entry($"apr_{i / 2}", target: $"octo/repo-{i}"), CancellationToken.None);
            },
            CancellationToken.None);
        await log.PublishAsync(CancellationToken.None);
    }

    public async Task DisposeAsync() => await App.DisposeAsync();
}

public sealed class PublicLogTests(PublicLogApp shared) : IClassFixture<PublicLogApp>
{
    private readonly TestApp _app = shared.App;

    [Fact]
    public async Task Log_ReadByAStranger_LeadsFromItsEntriesAndFromItsTilesToTheSignedRoot()
    {
        var note = Encoding.UTF8.GetString(await GetAsync("checkpoint"));
        var lines = note.Split('\n');
        var size = int.Parse(lines[1], CultureInfo.InvariantCulture);
        Assert.Equal(PublicLogApp.Size, size);
        var entries = new List<byte[]>();
        var leaves = new List<byte[]>();
        var parents = Hashes(await GetAsync($"tile/1/000.p/{size / 256}"));
        for (var tile = 0; tile * 256 < size; tile++)
        {
            var width = Math.Min(256, size - (tile * 256));
            var name = $"{tile:000}{(width < 256 ? $".p/{width}" : "")}";
            var bundle = Entries(await GetAsync($"tile/entries/{name}"));
            var hashes = Hashes(await GetAsync($"tile/0/{name}"));
            Assert.Equal((width, width), (bundle.Count, hashes.Count));
            Assert.Equal(bundle.Select(e => SHA256.HashData([0, .. e])), hashes);
            if (width == 256) Assert.Equal(Root(hashes), parents[tile]);
            entries.AddRange(bundle);
            leaves.AddRange(hashes);
        }

        Assert.Equal(Convert.ToBase64String(ReferenceLog.RootOf(entries)), lines[2]);
        Assert.Equal(Convert.ToBase64String(Root(leaves)), lines[2]);
        // Signature: em dash, name, base64 of 4 bytes of key id and 64 of Ed25519 over the text above the empty line.
        var vkey = Encoding.UTF8.GetString(await GetAsync("vkey")).TrimEnd('\n').Split('+', 3);
        Assert.Equal((lines[0], "", "— " + lines[0]), (vkey[0], lines[3], lines[4][..^(lines[4].Length - lines[4].LastIndexOf(' '))]));
        var blob = Convert.FromBase64String(lines[4].Split(' ')[2]);
        var publicKey = Convert.FromBase64String(vkey[2])[1..];
        Assert.Equal(vkey[1], Convert.ToHexStringLower(blob[..4]));
        Assert.True(Ed25519.Verify(publicKey, Encoding.UTF8.GetBytes(string.Join('\n', lines[..3]) + "\n"), blob[4..]));
    }

    [Theory]
    [InlineData("checkpoint", "text/plain; charset=utf-8", "no-cache")]
    [InlineData("vkey", "text/plain; charset=utf-8", "no-cache")]
    [InlineData("tile/0/000", "application/octet-stream", "public, max-age=31536000, immutable")]
    [InlineData("tile/1/000.p/2", "application/octet-stream", "public, max-age=31536000, immutable")]
    [InlineData("tile/entries/002.p/88", "application/octet-stream", "public, max-age=31536000, immutable")]
    public async Task Resource_OfAPublicLog_SaysWhatItIsAndHowLongItHolds(string path, string type, string caching)
    {
        using var response = await _app.Http.GetAsync("/log/" + path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(type, response.Content.Headers.ContentType?.ToString());
        Assert.Equal(caching.Split(", ").Order(), response.Headers.CacheControl!.ToString().Split(", ").Order());
        Assert.Equal("*", response.Headers.GetValues("Access-Control-Allow-Origin").Single());
    }

    [Theory]
    [InlineData("tile/0/002")]
    [InlineData("tile/0/002.p/89")]
    [InlineData("tile/0/003.p/1")]
    [InlineData("tile/1/000")]
    [InlineData("tile/1/000.p/3")]
    [InlineData("tile/2/000.p/1")]
    [InlineData("tile/5/000.p/1")]
    [InlineData("tile/entries/002")]
    [InlineData("tile/entries/x999/999")]
    [InlineData("tile/0/0")]
    [InlineData("tile/0/000/")]
    [InlineData("tile/00/000")]
    [InlineData("tile/0/000.p/256")]
    [InlineData("tile/")]
    [InlineData("tile")]
    [InlineData("tile/0/..%2f000")]
    [InlineData("nothing")]
    public async Task Resource_ThatDoesNotExist_IsNotFoundAndNotKept(string path)
    {
        using var response = await _app.Http.GetAsync("/log/" + path);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Equal("no-store", response.Headers.CacheControl?.ToString());
    }

    [Fact]
    public async Task PartialTile_OfAnEarlierSize_IsTheBeginningOfTheFullOne()
    {
        var full = await GetAsync("tile/0/001");
        Assert.Equal(full[..(32 * 17)], await GetAsync("tile/0/001.p/17"));
        var entries = await GetAsync("tile/entries/000");
        Assert.Equal(Entries(entries).Take(3), Entries(await GetAsync("tile/entries/000.p/3")));
    }

    [Fact]
    public async Task Entries_AskedForCompressed_AreTheSame()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/log/tile/entries/000");
        request.Headers.Add("Accept-Encoding", "gzip");
        using var response = await _app.Http.SendAsync(request);
        Assert.Equal(["gzip"], response.Content.Headers.ContentEncoding);
        await using var content = new GZipStream(await response.Content.ReadAsStreamAsync(), CompressionMode.Decompress);
        using var plain = new MemoryStream();
        await content.CopyToAsync(plain);
        Assert.Equal(await GetAsync("tile/entries/000"), plain.ToArray());
    }

    [Fact]
    public async Task Log_OfferedOtherMethods_AllowsReadingOnly()
    {
        using var response = await _app.Http.PostAsync("/log/checkpoint", null);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, response.StatusCode);
    }

    [Fact]
    public async Task Log_NotPublic_IsForSignedInPeopleOnly()
    {
        await using var app = await TestApp.StartAsync();
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = app.Url };
        foreach (var path in new[] { "/log/checkpoint", "/log/vkey", "/log/tile/0/000" })
        {
            using var stranger = await client.GetAsync(path);
            Assert.Equal((HttpStatusCode.Redirect, "/signin"), (stranger.StatusCode, stranger.Headers.Location!.AbsolutePath));
        }
        using var request = new HttpRequestMessage(HttpMethod.Get, "/log/checkpoint");
        request.Headers.Add("Cookie", await ConsoleCookie.ForAsync(app.Services));
        using var person = await client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, person.StatusCode);
        Assert.False(person.Headers.Contains("Access-Control-Allow-Origin"));
    }

    private async Task<byte[]> GetAsync(string path)
    {
        using var response = await _app.Http.GetAsync("/log/" + path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsByteArrayAsync();
    }

    private static List<byte[]> Hashes(byte[] tile) => [.. tile.Chunk(32)];

    private static List<byte[]> Entries(byte[] bundle)
    {
        var entries = new List<byte[]>();
        for (var place = 0; place < bundle.Length;)
        {
            var length = BinaryPrimitives.ReadUInt16BigEndian(bundle.AsSpan(place));
            entries.Add(bundle[(place + 2)..(place + 2 + length)]);
            place += 2 + length;
        }
        return entries;
    }

    /// <summary>RFC 6962 §2.1 over leaf hashes.</summary>
    private static byte[] Root(List<byte[]> hashes)
    {
        if (hashes.Count == 1) return hashes[0];
        var k = 1;
        while (k * 2 < hashes.Count) k *= 2;
        return SHA256.HashData([1, .. Root(hashes[..k]), .. Root(hashes[k..])]);
    }
}
