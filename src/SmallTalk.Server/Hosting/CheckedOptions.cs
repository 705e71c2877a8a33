using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Options;

namespace SmallTalk.Server.Hosting;

/// <summary>A bad value stops the start with one line that names the key, the value and what is allowed.</summary>
static class CheckedOptions
{
    public static void AddChecked<T>(this IServiceCollection services, string section)
        where T : class
    {
        services.AddOptions<T>().BindConfiguration(section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<T>>(new Annotations<T>(section));
    }

    sealed class Annotations<T>(string section) : IValidateOptions<T>
        where T : class
    {
        public ValidateOptionsResult Validate(string? name, T options)
        {
            var faults =
                from property in typeof(T).GetProperties()
                let value = property.GetValue(options)
                from rule in property.GetCustomAttributes<ValidationAttribute>()
                where !rule.IsValid(value)
                select $"{section}:{property.Name} = '{Convert.ToString(value, CultureInfo.InvariantCulture)}': {Allowed(rule)}";
            return faults.FirstOrDefault() is { } fault ? ValidateOptionsResult.Fail(fault) : ValidateOptionsResult.Success;
        }

        static string Allowed(ValidationAttribute rule) => rule switch
        {
            RangeAttribute range => string.Create(CultureInfo.InvariantCulture, $"allowed is {range.Minimum} to {range.Maximum}"),
            RequiredAttribute => "it may not be empty",
            _ => rule.FormatErrorMessage("the value"),
        };
    }
}
