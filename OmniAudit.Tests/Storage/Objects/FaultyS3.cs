using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using OmniAudit.Modules.Settings;

namespace OmniAudit.Tests.Storage.Objects;

/// <summary>An S3 server with one bucket in memory that does what it is told to do wrong. It takes no body whose hash is not the signed one.</summary>
internal sealed partial class FaultyS3 : IAsyncDisposable
{
    public const string Bucket = "ours";

    private readonly Lock _lock = new();
    private readonly List<string> _requests = [];
    private readonly List<Fault> _faults = [];
    private readonly Dictionary<string, (byte[] Bytes, string Type, DateTimeOffset Modified)> _objects = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Key, string Type, DateTimeOffset Begun, SortedDictionary<int, byte[]> Parts)> _uploads = new(StringComparer.Ordinal);
    private (string Method, string Text)? _lost;
    private WebApplication _app = null!;

    private FaultyS3() { }

    public string Url => _app.Urls.First();

    /// <summary>Keys by page of a listing: two, so that every listing has several.</summary>
    public int PageSize { get; set; } = 2;

    /// <summary>The checksum that goes with an object is not that of its content: a bit has changed on the server's disk.</summary>
    public bool WrongChecksums { get; set; }

    /// <summary>Method and target of every request that arrived.</summary>
    public IReadOnlyList<string> Requests { get { lock (_lock) return [.. _requests]; } }

    public IReadOnlyList<string> Keys { get { lock (_lock) return [.. _objects.Keys.Order(StringComparer.Ordinal)]; } }

    public int Uploads { get { lock (_lock) return _uploads.Count; } }

    public static async Task<FaultyS3> StartAsync()
    {
        var server = new FaultyS3();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(k => k.Limits.MaxRequestBodySize = 100 << 20);
        server._app = builder.Build();
        server._app.Run(server.AnswerAsync);
        await server._app.StartAsync();
        return server;
    }

    /// <summary>The settings that reach this server; new objects stay local unless the backend says s3.</summary>
    public void Configure(OmniAuditOptions options, string backend = "s3")
    {
        (options.ObjectStore.Backend, options.ObjectStore.Bucket, options.ObjectStore.S3EndpointUrl, options.ObjectStore.S3ForcePathStyle) = (backend, Bucket, Url, true);
        (options.ObjectStore.S3AccessKeyId, options.ObjectStore.S3SecretAccessKey) = ("key", "secret");
    }

    /// <summary>Some requests go wrong before anything is done: those whose method and target contain the text.</summary>
    /// <param name="status">0 resets the connection.</param>
    public void Break(string text, int status, int times, Action? then = null)
    {
        lock (_lock) _faults.Add(new Fault(text, status, times, then));
    }

    /// <summary>Nothing goes wrong any more.</summary>
    public void Mend()
    {
        lock (_lock) _faults.Clear();
    }

    /// <summary>Does the next such request, and then breaks the connection in place of an answer.</summary>
    public void Lose(string method, string text)
    {
        lock (_lock) _lost = (method, text);
    }

    public byte[]? Find(string key) { lock (_lock) return _objects.TryGetValue(key, out var found) ? found.Bytes : null; }

    public string? TypeOf(string key) { lock (_lock) return _objects.TryGetValue(key, out var found) ? found.Type : null; }

    public void Put(string key, byte[] bytes, DateTimeOffset? modified = null) { lock (_lock) _objects[key] = (bytes, "text/plain", modified ?? TimeProvider.System.GetUtcNow()); }

    /// <summary>Makes it look as if stored so long ago.</summary>
    public void Age(string key, TimeSpan by) { lock (_lock) _objects[key] = _objects[key] with { Modified = TimeProvider.System.GetUtcNow() - by }; }

    public void AgeUploads(TimeSpan by) { lock (_lock) foreach (var id in _uploads.Keys.ToList()) _uploads[id] = _uploads[id] with { Begun = TimeProvider.System.GetUtcNow() - by }; }

    public void Remove(string key) { lock (_lock) _objects.Remove(key); }

    /// <summary>Nobody answers any more.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        using var memory = new MemoryStream();
        await context.Request.Body.CopyToAsync(memory);
        var (body, target) = (memory.ToArray(), context.Request.Path + context.Request.QueryString.ToString());
        Fault? fault;
        lock (_lock)
        {
            _requests.Add($"{context.Request.Method} {target}");
            fault = _faults.Find(f => f.Times > 0 && $"{context.Request.Method} {target}".Contains(f.Text, StringComparison.Ordinal));
            if (fault is not null) fault.Times--;
        }
        fault?.Then?.Invoke();
        if (fault is { Status: 0 })
        {
            context.Abort();
            return;
        }
        if (fault is { Status: > 0 })
        {
            await SayAsync(context, fault.Status, Error(fault.Status == 503 ? "SlowDown" : "InternalError"));
            return;
        }
        var signed = context.Request.Headers["x-amz-content-sha256"].ToString();
        if (signed.Length == 64 && signed != Convert.ToHexStringLower(SHA256.HashData(body)))
        {
            await SayAsync(context, 400, Error("XAmzContentSHA256Mismatch"));
            return;
        }
        var parts = context.Request.Path.Value!.Split('/', 3);
        if (parts[1] != Bucket)
        {
            await SayAsync(context, 404, Error("NoSuchBucket"));
            return;
        }
        if (parts.Length < 3 || parts[2].Length == 0) await ListAsync(context);
        else await ObjectAsync(context, parts[2], body);
    }

    private Task ListAsync(HttpContext context)
    {
        var query = context.Request.Query;
        if (query.ContainsKey("uploads"))
        {
            lock (_lock)
                return SayAsync(context, 200, $"<ListMultipartUploadsResult>{string.Concat(_uploads.Select(u => $"<Upload><Key>{u.Value.Key}</Key><UploadId>{u.Key}</UploadId><Initiated>{Time(u.Value.Begun)}</Initiated></Upload>"))}<IsTruncated>false</IsTruncated></ListMultipartUploadsResult>");
        }
        var (prefix, after) = (query["prefix"].ToString(), query["continuation-token"].ToString());
        lock (_lock)
        {
            var found = _objects.Where(o => o.Key.StartsWith(prefix, StringComparison.Ordinal) && !o.Key[prefix.Length..].Contains('/', StringComparison.Ordinal) && string.CompareOrdinal(o.Key, after) > 0).OrderBy(o => o.Key, StringComparer.Ordinal).ToList();
            var page = found.Take(PageSize).ToList();
            var more = found.Count > page.Count;
            return SayAsync(context, 200, $"<ListBucketResult><IsTruncated>{(more ? "true" : "false")}</IsTruncated>{(more ? $"<NextContinuationToken>{page[^1].Key}</NextContinuationToken>" : "")}"
                + string.Concat(page.Select(o => $"<Contents><Key>{o.Key}</Key><LastModified>{Time(o.Value.Modified)}</LastModified><Size>{o.Value.Bytes.Length}</Size></Contents>")) + "</ListBucketResult>");
        }
    }

    private async Task ObjectAsync(HttpContext context, string key, byte[] body)
    {
        var (method, query) = (context.Request.Method, context.Request.Query);
        var upload = query["uploadId"].ToString();
        int status;
        string text = "", tag = "";
        (byte[] Bytes, string Type, DateTimeOffset Modified) found = ([], "", default);
        lock (_lock)
        {
            if (upload.Length > 0 && !_uploads.ContainsKey(upload)) (status, text) = (404, Error("NoSuchUpload"));
            else if (method == "POST" && query.ContainsKey("uploads"))
            {
                var id = $"u{_requests.Count}";
                _uploads[id] = (key, context.Request.ContentType ?? "", TimeProvider.System.GetUtcNow(), []);
                (status, text) = (200, $"<InitiateMultipartUploadResult><Bucket>{Bucket}</Bucket><Key>{key}</Key><UploadId>{id}</UploadId></InitiateMultipartUploadResult>");
            }
            else if (method == "PUT" && upload.Length > 0)
            {
                _uploads[upload].Parts[int.Parse(query["partNumber"]!, CultureInfo.InvariantCulture)] = body;
                (status, tag) = (200, Tag(body));
            }
            else if (method == "POST")
            {
                var (_, type, _, kept) = _uploads[upload];
                var asked = Numbers().Matches(Encoding.UTF8.GetString(body)).Select(m => int.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture)).ToList();
                if (!asked.SequenceEqual(kept.Keys) || kept.Values.SkipLast(1).Any(p => p.Length < 5 << 20)) (status, text) = (400, Error("InvalidPart"));
                else
                {
                    _objects[key] = ([.. kept.Values.SelectMany(p => p)], type, TimeProvider.System.GetUtcNow());
                    _uploads.Remove(upload);
                    (status, text) = (200, $"<CompleteMultipartUploadResult><Key>{key}</Key><ETag>\"x-2\"</ETag></CompleteMultipartUploadResult>");
                }
            }
            else if (method == "DELETE")
            {
                if (upload.Length > 0) _uploads.Remove(upload);
                else _objects.Remove(key);
                status = 204;
            }
            else if (method == "PUT")
            {
                _objects[key] = (body, context.Request.ContentType ?? "", TimeProvider.System.GetUtcNow());
                (status, tag) = (200, Tag(body));
            }
            else status = _objects.TryGetValue(key, out found) ? 200 : 404;
        }
        if (method is "GET" or "HEAD")
        {
            if (status == 404)
            {
                await SayAsync(context, 404, method == "GET" ? Error("NoSuchKey") : "");
                return;
            }
            var bytes = context.Request.Headers.Range.Count > 0 ? found.Bytes.Take(1).ToArray() : found.Bytes;
            (context.Response.StatusCode, context.Response.ContentType, context.Response.ContentLength) = (context.Request.Headers.Range.Count > 0 ? 206 : 200, found.Type, bytes.Length);
            (context.Response.Headers.LastModified, context.Response.Headers.ETag) = (found.Modified.ToString("R", CultureInfo.InvariantCulture), Tag(found.Bytes));
            if (method == "GET") await context.Response.Body.WriteAsync(bytes);
            return;
        }
        bool lose;
        lock (_lock)
        {
            lose = _lost is { } lost && lost.Method == method && context.Request.QueryString.Value!.Contains(lost.Text, StringComparison.Ordinal);
            if (lose) _lost = null;
        }
        if (lose)
        {
            context.Abort();
            return;
        }
        if (tag.Length > 0) context.Response.Headers.ETag = tag;
        await SayAsync(context, status, text);
    }

    private static Task SayAsync(HttpContext context, int status, string xml)
    {
        context.Response.StatusCode = status;
        if (xml.Length == 0) return Task.CompletedTask;
        context.Response.ContentType = "application/xml";
        return context.Response.WriteAsync($"<?xml version=\"1.0\" encoding=\"UTF-8\"?>{xml}");
    }

    private static string Error(string code) => $"<Error><Code>{code}</Code><Message>{code}</Message></Error>";

    /// <summary>Of a form that says nothing about the content, unless it is to lie: then like an MD5.</summary>
    private string Tag(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes)[..16]) is var hash && WrongChecksums ? $"\"{hash}\"" : $"\"{hash}-1\"";

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    [GeneratedRegex("<PartNumber>([0-9]+)</PartNumber>", RegexOptions.NonBacktracking)]
    private static partial Regex Numbers();

    private sealed record Fault(string Text, int Status, int Times, Action? Then)
    {
        public int Times { get; set; } = Times;
    }
}
