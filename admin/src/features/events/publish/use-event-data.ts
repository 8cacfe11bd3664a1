import { useState } from 'react';
import { parseObject, type EventData, type ParsedObject } from './schema-fields.ts';

type DataMode = 'form' | 'json';

export interface EventDataInput {
  readonly mode: DataMode;
  /** The values of the form. */
  readonly formData: EventData;
  /** The text of the JSON editor. */
  readonly json: string;
  /** The data to publish, from whichever input is active. */
  readonly parsed: ParsedObject;
  readonly setFormData: (data: EventData) => void;
  readonly setJson: (text: string) => void;
  /** Switches the input and takes over its data. Invalid JSON leaves the form as it was. */
  readonly setMode: (mode: DataMode) => void;
}

/** The data of an event, edited in a form or as JSON. */
export function useEventData(initial: EventData): EventDataInput {
  const [mode, setMode] = useState<DataMode>('form');
  const [formData, setFormData] = useState(initial);
  const [json, setJson] = useState('');
  const parsed = mode === 'json' ? parseObject(json) : { data: formData };
  return {
    mode,
    formData,
    json,
    parsed,
    setFormData,
    setJson,
    setMode: (next) => {
      if (next === 'json') setJson(JSON.stringify(formData, null, 2));
      else if (parsed.data !== undefined) setFormData(parsed.data);
      setMode(next);
    },
  };
}
