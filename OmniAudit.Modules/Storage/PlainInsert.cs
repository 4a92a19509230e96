using System.Data.Common;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;

namespace OmniAudit.Modules.Storage;

/// <summary>Adds many rows of one kind by one prepared INSERT, without EF Core's change tracking: for the rows that every call writes. Columns and conversions are the model's.</summary>
internal static class PlainInsert
{
    /// <summary>Inside the context's transaction. The SQL is the same on every engine.</summary>
    public static async Task AddAsync<T>(OmniAuditDb db, IEnumerable<T> rows)
        where T : class
    {
        var type = db.Model.FindEntityType(typeof(T))!;
        var properties = type.GetProperties().ToList();
        await using var command = db.Database.GetDbConnection().CreateCommand();
        command.Transaction = db.Database.CurrentTransaction!.GetDbTransaction();
        var helper = db.GetService<ISqlGenerationHelper>();
        var names = properties.ConvertAll(p => helper.DelimitIdentifier(p.GetColumnName()));
        var parameters = properties.ConvertAll(p => Parameter(command, p));
        command.CommandText = $"INSERT INTO {helper.DelimitIdentifier(type.GetTableName()!)} ({string.Join(", ", names)}) VALUES ({string.Join(", ", parameters.Select(p => p.ParameterName))})";
        foreach (var row in rows)
        {
            for (var i = 0; i < properties.Count; i++) parameters[i].Value = ValueOf(properties[i], row) switch { null => DBNull.Value, string text => db.Storable(text), var value => value };
            await command.ExecuteNonQueryAsync();
        }
    }

    private static DbParameter Parameter(DbCommand command, IProperty property)
    {
        var parameter = command.CreateParameter();
        parameter.ParameterName = string.Create(CultureInfo.InvariantCulture, $"@p{command.Parameters.Count}");
        if (property.FindRelationalTypeMapping()?.DbType is { } type) parameter.DbType = type;
        command.Parameters.Add(parameter);
        return parameter;
    }

    private static object? ValueOf(IProperty property, object row)
    {
        var value = property.GetGetter().GetClrValue(row);
        return property.FindTypeMapping()?.Converter is { } converter ? converter.ConvertToProvider(value) : value;
    }
}
