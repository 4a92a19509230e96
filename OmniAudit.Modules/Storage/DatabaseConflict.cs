using System.Data.Common;
using System.Net.Sockets;
using Microsoft.Data.SqlClient;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace OmniAudit.Modules.Storage;

/// <summary>What failures of the database mean, whichever engine it is.</summary>
internal static class DatabaseConflict
{
    /// <summary>The database could not be reached or would not: nothing of the caller's.</summary>
    public static bool IsFailure(Exception e) => e is DbException or DbUpdateException or CommitUnknownException or TimeoutException or SocketException or InvalidOperationException { InnerException: DbException };

    /// <summary>A row was changed or taken meanwhile, or its key is there already.</summary>
    public static bool Is(DbUpdateException failure) => failure is DbUpdateConcurrencyException || failure.InnerException is
        SqliteException { SqliteErrorCode: 19 } or PostgresException { SqlState: "23505" } or SqlException { Number: 2601 or 2627 };
}
