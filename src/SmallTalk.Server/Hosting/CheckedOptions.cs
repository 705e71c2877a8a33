using System.ComponentModel;
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
        services.AddOptions<T>()
            .Configure<IConfiguration>((_, configuration) => CheckTypes<T>(configuration.GetSection(section)))
            .BindConfiguration(section)
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<T>>(new Annotations<T>(section));
    }

    /// <summary>For what decides which services there are: before the container is built.</summary>
    public static T Read<T>(IConfiguration configuration, string section)
        where T : class, new()
    {
        CheckTypes<T>(configuration.GetSection(section));
        return configuration.GetSection(section).Get<T>() ?? new T();
    }

    /// <summary>Before the binder meets a value of the wrong type, whose message would name neither the range nor, always, the value.</summary>
    static void CheckTypes<T>(IConfigurationSection section)
    {
        foreach (var property in typeof(T).GetProperties())
        {
            if (section[property.Name] is { } text && !TypeDescriptor.GetConverter(property.PropertyType).IsValid(text))
                throw new OptionsValidationException(section.Path, typeof(T), [Fault(section.Path, property, text)]);
        }
    }

    static string Fault(string section, PropertyInfo property, object? value) => string.Create(
        CultureInfo.InvariantCulture, $"{section}:{property.Name} = '{value}': {Allowed(property)}");

    static string Allowed(PropertyInfo property)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        if (property.GetCustomAttribute<RangeAttribute>() is { } range)
            return string.Create(CultureInfo.InvariantCulture, $"allowed is {range.Minimum} to {range.Maximum}");
        if (type == typeof(bool))
            return "allowed is true or false";
        if (type == typeof(TimeSpan))
            return "allowed is a time such as 00:30:00";
        return type.IsEnum ? $"allowed is {string.Join(" or ", Enum.GetNames(type))}" : "it may not be empty";
    }

    sealed class Annotations<T>(string section) : IValidateOptions<T>
        where T : class
    {
        public ValidateOptionsResult Validate(string? name, T options)
        {
            var fault = typeof(T).GetProperties()
                .Where(property => property.GetCustomAttributes<ValidationAttribute>().Any(rule => !rule.IsValid(property.GetValue(options))))
                .Select(property => Fault(section, property, property.GetValue(options)))
                .FirstOrDefault();
            return fault is null ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(fault);
        }
    }
}
